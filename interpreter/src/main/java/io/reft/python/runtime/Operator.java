package io.reft.python.runtime;

/** Python's operators with the spelling that error messages use. */
public enum Operator {
    ADD("+"), SUB("-"), MUL("*"), TRUE_DIV("/"), FLOOR_DIV("//"), MOD("%"), POW("**"), LSHIFT("<<"), RSHIFT(">>"),
    AND("&"), OR("|"), XOR("^"), MAT_MUL("@"),
    POSITIVE("+"), NEGATIVE("-"), INVERT("~"), NOT("not"),
    EQ("=="), NE("!="), LT("<"), LE("<="), GT(">"), GE(">="), IN("in"), NOT_IN("not in"), IS("is"), IS_NOT("is not");

    static final Operator[] ALL = values();
    final String symbol;

    Operator(String symbol) {
        this.symbol = symbol;
    }

    /** The binary operator that is written so, or null. */
    public static Operator binary(String symbol) {
        return switch (symbol) {
            case "+" -> ADD;
            case "-" -> SUB;
            case "*" -> MUL;
            case "/" -> TRUE_DIV;
            case "//" -> FLOOR_DIV;
            case "%" -> MOD;
            case "**" -> POW;
            case "<<" -> LSHIFT;
            case ">>" -> RSHIFT;
            case "&" -> AND;
            case "|" -> OR;
            case "^" -> XOR;
            case "@" -> MAT_MUL;
            default -> null;
        };
    }

    /** How tightly the binary operator binds: 1 for {@code |} up to 6 for {@code *}; {@code **} is apart. */
    public int precedence() {
        return switch (this) {
            case OR -> 1;
            case XOR -> 2;
            case AND -> 3;
            case LSHIFT, RSHIFT -> 4;
            case ADD, SUB -> 5;
            default -> 6;
        };
    }
}
