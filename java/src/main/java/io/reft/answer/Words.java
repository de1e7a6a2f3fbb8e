package io.reft.answer;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The words that matter in an answer; all in small letters unless it says otherwise. */
final class Words {
    private static final long THOUSAND = 1_000, MILLION = 1_000_000, BILLION = 1_000_000_000, TRILLION = 1_000_000_000_000L;
    private static final long LAKH = 100_000, CRORE = 10_000_000;

    private Words() {}

    /** What may stand before a number without changing it. */
    static final Set<String> BEFORE = words(
            "about approximately approx around roughly circa ca exactly precisely simply just only still then thus "
                    + "therefore hence so indeed clearly");

    /** What stands between a name and its number, as {@code =} does: {@code the total is 42}, {@code Tom has 42 marbles}. */
    static final Set<String> LINKS = words("""
            is are was were be equals has have had needs need needed requires require takes take took costs cost earns earn
            earned makes make made gets get got pays pay paid spends spend spent saves save saved receives receive received
            contains contain weighs weigh buys buy bought sells sell sold eats eat ate drinks drink drank uses use used reads
            read walks walk walked runs run ran drives drive drove travels travel traveled collects collect collected picks
            pick picked plants planted bakes bake baked catches catch caught wins win won owns own owned keeps keep kept
            scores score scored works work worked gives give gave holds hold held measures produces produce produced charges
            charge charged owes owe owed""");
    /** Whom a link may be about: {@code it takes him 42 hours}. */
    static final Set<String> OBJECTS = words("him her them us me it you");
    /** What may stand before a number as its kind: {@code day 42}. */
    static final Set<String> COUNTED = words("day page grade level year number room week month step no");
    /** Words between a name and a number that leave it open. */
    static final Set<String> HEDGES = words("could might may than");

    static final Set<String> NEGATIVE = words("minus negative");
    static final Set<String> PERCENT = words("percent pct percentage");
    static final Set<String> ORDINAL = words("st nd rd th");

    /** Names of money that stand before a number; a full stop may follow. */
    static final Set<String> MONEY = words("rs re inr usd eur gbp cad aud nzd sgd hkd jpy cny rmb chf php mxn krw zar brl kr");
    /** What stands before a currency's sign: {@code US$}. */
    static final Set<String> COUNTRY = words("us usa u a au c ca can nz hk s sg r mx");

    /** What multiplies the number before it. */
    static final Map<String, Long> SCALES = Map.ofEntries(Map.entry("hundred", 100L), Map.entry("hundreds", 100L),
            Map.entry("dozen", 12L), Map.entry("dozens", 12L), Map.entry("thousand", THOUSAND), Map.entry("thousands", THOUSAND),
            Map.entry("million", MILLION), Map.entry("millions", MILLION), Map.entry("mn", MILLION), Map.entry("mln", MILLION),
            Map.entry("billion", BILLION), Map.entry("billions", BILLION), Map.entry("bn", BILLION), Map.entry("bln", BILLION),
            Map.entry("trillion", TRILLION), Map.entry("trillions", TRILLION), Map.entry("tn", TRILLION), Map.entry("lakh", LAKH),
            Map.entry("lakhs", LAKH), Map.entry("lac", LAKH), Map.entry("crore", CRORE), Map.entry("crores", CRORE));
    /** What does so with money alone, written to the number: {@code $42k}. Elsewhere it may be a variable or a unit. */
    static final Map<String, Long> MONEY_SCALES = Map.of("k", THOUSAND, "m", MILLION, "b", BILLION, "t", TRILLION);

    /** A number written out, a part, or an operation: what changes the number that it stands behind, or is another. */
    private static final Set<String> VALUES =
            words("""
            zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
            eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety hundred hundreds thousand thousands
            million millions billion billions trillion trillions lakh lakhs lac lacs crore crores dozen dozens grand myriad
            gross thou mill mills mn mln bn bln bil mil mille mila millones millon millón milhões milhoes tausend millionen
            milliarden milliarde milliard milliards mio mrd half halves third thirds quarter quarters fourth fourths fifth
            fifths sixth sixths seventh sevenths eighth eighths ninth ninths tenth tenths eleventh elevenths twelfth twelfths
            thirteenth thirteenths fourteenth fourteenths fifteenth fifteenths sixteenth sixteenths seventeenth seventeenths
            eighteenth eighteenths nineteenth nineteenths twentieth twentieths thirtieth thirtieths fortieth fortieths
            fiftieth fiftieths sixtieth sixtieths hundredth hundredths thousandth thousandths millionth millionths ths plus
            minus negative divided multiplied squared cubed factorial mod modulo doubled double tripled triple halved twice
            thrice sqrt root pi sin cos tan cot csc arcsin arccos arctan sinh cosh tanh log ln exp binary octal hex
            hexadecimal infinity infinite inf nan percent percentage pct permille recurring repeating above below beyond
            upward upwards""");

    /** Second thoughts: they take back a number in any sentence before them. */
    private static final Set<String> RETRACTIONS =
            words("no wrong incorrect incorrectly false mistake mistaken oops wait hmm sorry actually rather instead correction");
    /** What denies a number or makes it hang on something, within one sentence. */
    private static final Set<String> DOUBTS = words("""
            not nor neither never cannot none except unless otherwise if maybe perhaps possibly depends depending undefined
            unknown impossible but however although""");

    /** English words of one or two letters, and currencies. */
    private static final Set<String> SHORT =
            words("ad am an as at bc be by do go he hi in is it me my of oh ok on pm so to up us we rs kr");
    /** Units of one or two letters, as they are written. */
    private static final Set<String> UNITS = words("""
            m s g h l L km Km KM cm mm dm nm kg Kg KG mg ml mL dl cl hr ft in yd mi oz lb hp kw kW mw MW kb KB mb MB gb GB tb
            TB hz Hz sq cu gm ct cc ea pt qt ms""");
    /** Units of three letters, which may be written to a number as well. */
    private static final Set<String> GLUED =
            words("mph kph kmh kwh lbs hrs yrs min sec pts psi rpm ppm gal cal cup mol day ton tsp usd eur gbp inr");
    /** Units of length, whose second and third power are units as well. */
    private static final Set<String> LENGTHS = words("m cm mm km dm ft in yd mi inch meter metre");

    static final Map<String, Integer> POWERS = Map.of("squared", 2, "cubed", 3);
    /** Words that an explanation begins with, whose numbers are others. */
    static final Set<String> EXPLAINING = words("because since");

    /** Words behind a number that says how another was rounded: {@code to two decimal places}. */
    static final Set<String> DIGITS = words("decimal decimals significant");

    /** Words at a number that make it a bound: {@code 42 max}. */
    static final Set<String> BOUNDS = words("max maximum minimum tops");
    /** Words behind {@code at} that do: {@code 42 at most}. */
    static final Set<String> LEAST_OR_MOST = words("least most best worst");
    /** What follows {@code less} where that is minus: {@code 42 less the discount}. */
    static final Set<String> DETERMINERS = words("the a an his her its their my our your any some what");

    /** What follows {@code and} where a number is only the beginning of the amount: {@code $42 and change}. */
    static final Set<String> AND_MORE = words("change some something more counting odd then bit little few");

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
        return GLUED.contains(small)
                || small.codePoints().anyMatch(c -> "aeiouy".indexOf(c) >= 0 || c > 0x7f && Character.isLetter(c)) && !small.equals("xyz");
    }

    /** Whether a word is one of a language that we know words of. */
    static boolean isLatin(String word) {
        return word.codePoints()
                .allMatch(c -> c == '\'' || !Character.isLetter(c) || Character.UnicodeScript.of(c) == Character.UnicodeScript.LATIN
                        || c == 'µ' || c == 'μ' || c == 'Ω');
    }

    /** Whether a small figure written to this word belongs to it: {@code m2}, {@code CO2}. */
    static boolean takesFigure(String word) {
        return LENGTHS.contains(word.toLowerCase(Locale.ROOT)) || word.length() > 1 && word.equals(word.toUpperCase(Locale.ROOT));
    }
}
