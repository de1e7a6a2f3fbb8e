package io.reft.answer;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The words that matter in an answer; all in small letters unless it says otherwise. */
final class Words {
    private Words() {}

    /** What may stand before a number without changing it. */
    static final Set<String> BEFORE = words("about approximately approx around roughly circa ca exactly precisely simply just only still then thus therefore");

    static final Set<String> NEGATIVE = words("minus negative");
    static final Set<String> PERCENT = words("percent pct percentage");
    static final Set<String> ORDINAL = words("st nd rd th");

    /** Names of money that stand before a number; a full stop may follow. */
    static final Set<String> MONEY = words("rs re inr usd eur gbp cad aud nzd sgd hkd jpy cny rmb chf php mxn krw zar brl kr");
    /** What stands before a currency's sign: {@code US$}. */
    static final Set<String> COUNTRY = words("us usa u a au c ca can nz hk s sg r mx");

    /** What multiplies the number before it. */
    static final Map<String, Integer> SCALES = Map.ofEntries(Map.entry("hundred", 2), Map.entry("thousand", 3), Map.entry("million", 6),
            Map.entry("billion", 9), Map.entry("trillion", 12), Map.entry("hundreds", 2), Map.entry("thousands", 3), Map.entry("millions", 6),
            Map.entry("billions", 9), Map.entry("trillions", 12), Map.entry("lakh", 5), Map.entry("lakhs", 5), Map.entry("lac", 5), Map.entry("crore", 7),
            Map.entry("crores", 7), Map.entry("mn", 6), Map.entry("mln", 6), Map.entry("bn", 9), Map.entry("bln", 9), Map.entry("tn", 12));
    /** What does so with money alone, written to the number: {@code $42k}. Elsewhere it may be a variable or a unit. */
    static final Map<String, Integer> MONEY_SCALES = Map.of("k", 3, "m", 6, "b", 9, "t", 12);

    /** Parts, as in {@code 3 and a half}. */
    static final Map<String, Integer> PARTS = Map.of("half", 2, "third", 3, "quarter", 4, "fourth", 4, "fifth", 5, "thirds", 3, "quarters", 4, "fourths", 4, "fifths", 5);
    static final Map<String, Integer> COUNTS = Map.of("a", 1, "one", 1, "two", 2, "three", 3, "four", 4);

    /** A number written out, a part, or an operation: what changes the number that it stands behind, or is another. */
    private static final Set<String> VALUES = words("""
            zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
            twenty thirty forty fourty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion billions
            trillion trillions lakh lakhs lac lacs crore crores dozen dozens grand myriad gross thou mill mills mn mln bn bln bil mil mille mila millones millon
            millón milhões milhoes tausend millionen milliarden milliarde milliard milliards mio mrd
            half halves third thirds quarter quarters fourth fourths fifth fifths sixth sixths seventh sevenths eighth eighths ninth ninths tenth
            tenths eleventh elevenths twelfth twelfths thirteenth thirteenths fourteenth fourteenths fifteenth fifteenths sixteenth sixteenths
            seventeenth seventeenths eighteenth eighteenths nineteenth nineteenths twentieth twentieths thirtieth thirtieths fortieth fortieths
            fiftieth fiftieths sixtieth sixtieths hundredth hundredths thousandth thousandths millionth millionths ths
            plus minus negative divided multiplied squared cubed factorial mod modulo doubled double tripled triple halved twice thrice
            sqrt root pi sin cos tan cot csc arcsin arccos arctan sinh cosh tanh log ln exp binary octal hex hexadecimal infinity infinite inf nan percent percentage pct permille recurring repeating above below beyond upward upwards""");

    /** Second thoughts: they take back a number in any sentence before them. */
    private static final Set<String> RETRACTIONS = words("no wrong incorrect incorrectly false mistake mistaken oops wait hmm sorry actually rather instead correction");
    /** What denies a number or makes it hang on something, within one sentence. */
    private static final Set<String> DOUBTS = words("""
            not nor neither never cannot none except unless otherwise if maybe perhaps possibly depends depending undefined unknown impossible
            but however although""");

    /** English words of one or two letters, and currencies. */
    private static final Set<String> SHORT = words("ad am an as at bc be by do go he hi in is it me my of oh ok on pm so to up us we rs kr");
    /** Units of one or two letters, as they are written. */
    private static final Set<String> UNITS = words("""
            m s g h l L km Km KM cm mm dm nm kg Kg KG mg ml mL dl cl hr ft in yd mi oz lb hp kw kW mw MW kb KB mb MB gb GB tb TB hz Hz sq cu gm ct cc ea
            pt qt ms""");
    /** Units of three letters, which may be written to a number as well. */
    private static final Set<String> GLUED = words("mph kph kmh kwh lbs hrs yrs min sec pts psi rpm ppm gal cal cup mol day ton tsp usd eur gbp inr");
    /** Units of length, whose second and third power are units as well. */
    private static final Set<String> LENGTHS = words("m cm mm km dm ft in yd mi inch meter metre");

    /** Words behind a number that says how another was rounded: {@code to two decimal places}. */
    static final Set<String> DIGITS = words("decimal decimals significant");

    /** Words between two equal numbers that make something else of them: {@code 42 by 42}. */
    static final Set<String> RELATIONS = words("by to per of over times from into");

    private static Set<String> words(String list) {
        return Set.of(list.strip().split("\\s+"));
    }

    /** Whether a word gives or changes a value. */
    static boolean isValue(String word) {
        return VALUES.contains(word);
    }

    /** Whether a word can be a unit in a calculation: {@code 6 baskets × 7 apples}. */
    static boolean isUnit(String word) {
        return fitsUnit(word) && isLatin(word) && !isValue(word) && !isDoubt(word) && !word.equals("or") && !word.equals("and");
    }

    /** Whether a word takes back what was said before. */
    static boolean isRetraction(String word) {
        return RETRACTIONS.contains(word);
    }

    /** Whether a word denies a number in its sentence, takes it back or leaves it open. */
    static boolean isDoubt(String word) {
        return DOUBTS.contains(word) || RETRACTIONS.contains(word) || word.endsWith("n't");
    }

    /** Whether a word, as it is written, can stand for a unit or a thing; letters that cannot may be variables. */
    static boolean fitsUnit(String word) {
        return word.length() > 2 ? isSpoken(word) : UNITS.contains(word) || isShort(word);
    }

    /** Whether it can written to the number, without a space: {@code 42km}, {@code 42apples}. */
    static boolean fitsGlued(String word) {
        return word.length() > 3 ? isSpoken(word) : UNITS.contains(word) || GLUED.contains(word.toLowerCase(Locale.ROOT));
    }

    /** Whether a short word is English, and no unit: behind money {@code m} is not metres. */
    static boolean isShort(String word) {
        return SHORT.contains(word.toLowerCase(Locale.ROOT));
    }

    /** Whether letters make a word that can be said, or a unit that is known. */
    private static boolean isSpoken(String word) {
        String small = word.toLowerCase(Locale.ROOT);
        return GLUED.contains(small) || small.codePoints().anyMatch(c -> "aeiouy".indexOf(c) >= 0 || c > 0x7f && Character.isLetter(c)) && !small.equals("xyz");
    }

    /** Whether a word is one of a language that we know words of. */
    static boolean isLatin(String word) {
        return word.codePoints().allMatch(c -> c == '\'' || !Character.isLetter(c) || Character.UnicodeScript.of(c) == Character.UnicodeScript.LATIN
                || c == 'µ' || c == 'μ' || c == 'Ω');
    }

    /** Whether a small figure written to this word belongs to it: {@code m2}, {@code CO2}. */
    static boolean takesFigure(String word) {
        return LENGTHS.contains(word.toLowerCase(Locale.ROOT)) || word.length() > 1 && word.equals(word.toUpperCase(Locale.ROOT));
    }
}
