package io.reft.python.runtime;

/**
 * The instructions of {@link Machine}. Beside each: its argument, and the stack before and after it, the top to the right.
 */
public final class Op {
    public static final int LOAD_CONST = 0;         // constant:     → value
    public static final int LOAD_LOCAL = 1;         // slot:         → value
    public static final int STORE_LOCAL = 2;        // slot:   value →
    public static final int DELETE_LOCAL = 3;       // slot
    public static final int LOAD_CELL = 4;          // slot:         → value
    public static final int STORE_CELL = 5;         // slot:   value →
    static final int DELETE_CELL = 6;        // slot
    public static final int LOAD_GLOBAL = 7;        // name:         → value
    public static final int STORE_GLOBAL = 8;       // name:   value →
    public static final int DELETE_GLOBAL = 9;      // name
    public static final int LOAD_ATTRIBUTE = 10;    // name:  object → value
    public static final int STORE_ATTRIBUTE = 11;   // name:  value object →
    public static final int BINARY = 12;            // operator: left right → value
    public static final int IN_PLACE = 13;          // operator: left right → value
    public static final int UNARY = 14;             // operator: operand → value
    public static final int COMPARE = 15;           // operator: left right → bool
    public static final int JUMP = 16;              // target
    public static final int JUMP_BACK = 17;         // target, charged
    public static final int JUMP_IF_FALSE = 18;     // target: value →
    public static final int JUMP_IF_TRUE = 19;      // target: value →
    public static final int JUMP_IF_FALSE_OR_POP = 20; // target: value → value, or nothing if it is true
    public static final int JUMP_IF_TRUE_OR_POP = 21;  // target: value → value, or nothing if it is false
    public static final int GET_ITERATOR = 22;      //        iterable → iterator
    public static final int FOR = 23;               // target: iterator → iterator item, or nothing and a jump at the end
    public static final int CALL = 24;              // count: function arguments → value
    public static final int CALL_NAMED = 25;        // constant (Object[]{count, names}): function arguments → value
    public static final int CALL_UNPACKED = 26;     //        function list dict → value
    public static final int CALL_METHOD = 27;       // count: method object arguments → value
    public static final int MAKE_FUNCTION = 28;     // constant (FunctionTemplate): initials → function
    public static final int RETURN = 29;            //        value →
    public static final int YIELD = 30;             //        value → None
    public static final int YIELD_FROM = 31;        //        iterator → value
    public static final int BUILD_LIST = 32;        // count: items → list
    public static final int BUILD_TUPLE = 33;       // count: items → tuple
    public static final int BUILD_SET = 34;         // count: items → set
    public static final int BUILD_DICT = 35;        // count: keys and values → dict
    public static final int BUILD_SLICE = 36;       //        start stop step → slice
    public static final int BUILD_STRING = 37;      // count: strings → string
    public static final int APPEND = 38;            // depth: … container … item → … container …
    public static final int ADD_ENTRY = 39;         // depth: … dict … key value → … dict …
    public static final int EXTEND = 40;            //        container iterable → container
    public static final int MERGE = 41;             // 1 if for a call: dict mapping → dict
    public static final int LIST_TO_TUPLE = 42;     //        list → tuple
    public static final int FORMAT = 43;            // conversion: value spec → string
    public static final int POP = 44;               //        value →
    public static final int DUPLICATE = 45;         //        value → value value
    public static final int DUPLICATE_TWO = 46;     //        a b → a b a b
    public static final int ROTATE_TWO = 47;        //        a b → b a
    public static final int ROTATE_THREE = 48;      //        a b c → c a b
    public static final int UNPACK = 49;            // count: iterable → items, the first on top
    public static final int UNPACK_STARRED = 50;    // before << 8 | after: iterable → items and a list among them
    public static final int SUBSCRIPT = 51;         //        object index → value
    public static final int STORE_SUBSCRIPT = 52;   //        value object index →
    public static final int DELETE_SUBSCRIPT = 53;  //        object index →
    public static final int TRY = 54;               // target of the handler
    public static final int END_TRY = 55;
    public static final int LOAD_HANDLED = 56;      //        → the exception that is being handled
    public static final int END_HANDLER = 57;
    public static final int MATCH_EXCEPTION = 58;   //        type → bool
    public static final int RAISE = 59;             // 0: nothing, raise again; 1: exception; 2: exception cause
    public static final int RAISE_AGAIN = 60;
    public static final int RAISE_ASSERTION = 61;   // count: message? →
    public static final int IMPORT = 62;            // name, the top of it if dotted: → module
    public static final int IMPORT_FROM = 63;       // name:  module → module value
    public static final int IMPORT_STAR = 64;       //        module →
    public static final int BUILD_CONSTANT_SET = 65; // count << 1, 1 more to go over: items → set
    public static final int LOAD_METHOD = 66;       // name:  object → method object, or nothing and the function itself

    public static final int MATCH_SEQUENCE = 67;    // count << 1, 1 more for at least so many: value → bool
    public static final int MATCH_MAPPING = 68;     //        value → bool
    public static final int MATCH_CLASS = 69;       //        value type → bool

    private Op() {}
}
