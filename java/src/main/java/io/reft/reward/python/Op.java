package io.reft.reward.python;

/**
 * The instructions of {@link Machine}. Beside each: its argument, and the stack before and after it, the top to the right.
 */
final class Op {
    static final int LOAD_CONST = 0;         // constant:     → value
    static final int LOAD_LOCAL = 1;         // slot:         → value
    static final int STORE_LOCAL = 2;        // slot:   value →
    static final int DELETE_LOCAL = 3;       // slot
    static final int LOAD_CELL = 4;          // slot:         → value
    static final int STORE_CELL = 5;         // slot:   value →
    static final int DELETE_CELL = 6;        // slot
    static final int LOAD_GLOBAL = 7;        // name:         → value
    static final int STORE_GLOBAL = 8;       // name:   value →
    static final int DELETE_GLOBAL = 9;      // name
    static final int LOAD_ATTRIBUTE = 10;    // name:  object → value
    static final int STORE_ATTRIBUTE = 11;   // name:  value object →
    static final int BINARY = 12;            // operator: left right → value
    static final int IN_PLACE = 13;          // operator: left right → value
    static final int UNARY = 14;             // operator: operand → value
    static final int COMPARE = 15;           // operator: left right → bool
    static final int JUMP = 16;              // target
    static final int JUMP_BACK = 17;         // target, charged
    static final int JUMP_IF_FALSE = 18;     // target: value →
    static final int JUMP_IF_TRUE = 19;      // target: value →
    static final int JUMP_IF_FALSE_OR_POP = 20; // target: value → value, or nothing if it is true
    static final int JUMP_IF_TRUE_OR_POP = 21;  // target: value → value, or nothing if it is false
    static final int GET_ITERATOR = 22;      //        iterable → iterator
    static final int FOR = 23;               // target: iterator → iterator item, or nothing and a jump at the end
    static final int CALL = 24;              // count: function arguments → value
    static final int CALL_NAMED = 25;        // constant (Object[]{count, names}): function arguments → value
    static final int CALL_UNPACKED = 26;     //        function list dict → value
    static final int CALL_METHOD = 27;       // count: method object arguments → value
    static final int MAKE_FUNCTION = 28;     // constant (Template): initials → function
    static final int RETURN = 29;            //        value →
    static final int YIELD = 30;             //        value → None
    static final int YIELD_FROM = 31;        //        iterator → value
    static final int BUILD_LIST = 32;        // count: items → list
    static final int BUILD_TUPLE = 33;       // count: items → tuple
    static final int BUILD_SET = 34;         // count: items → set
    static final int BUILD_DICT = 35;        // count: keys and values → dict
    static final int BUILD_SLICE = 36;       //        start stop step → slice
    static final int BUILD_STRING = 37;      // count: strings → string
    static final int APPEND = 38;            // depth: … container … item → … container …
    static final int ADD_ENTRY = 39;         // depth: … dict … key value → … dict …
    static final int EXTEND = 40;            //        container iterable → container
    static final int MERGE = 41;             // 1 if for a call: dict mapping → dict
    static final int LIST_TO_TUPLE = 42;     //        list → tuple
    static final int FORMAT = 43;            // conversion: value spec → string
    static final int POP = 44;               //        value →
    static final int DUPLICATE = 45;         //        value → value value
    static final int DUPLICATE_TWO = 46;     //        a b → a b a b
    static final int ROTATE_TWO = 47;        //        a b → b a
    static final int ROTATE_THREE = 48;      //        a b c → c a b
    static final int UNPACK = 49;            // count: iterable → items, the first on top
    static final int UNPACK_STARRED = 50;    // before << 8 | after: iterable → items and a list among them
    static final int SUBSCRIPT = 51;         //        object index → value
    static final int STORE_SUBSCRIPT = 52;   //        value object index →
    static final int DELETE_SUBSCRIPT = 53;  //        object index →
    static final int TRY = 54;               // target of the handler
    static final int END_TRY = 55;
    static final int LOAD_HANDLED = 56;      //        → the exception that is being handled
    static final int END_HANDLER = 57;
    static final int MATCH_EXCEPTION = 58;   //        type → bool
    static final int RAISE = 59;             // 0: nothing, raise again; 1: exception; 2: exception cause
    static final int RAISE_AGAIN = 60;
    static final int RAISE_ASSERTION = 61;   // count: message? →
    static final int IMPORT = 62;            // name, the top of it if dotted: → module
    static final int IMPORT_FROM = 63;       // name:  module → module value
    static final int IMPORT_STAR = 64;       //        module →
    static final int BUILD_CONSTANT_SET = 65; // count << 1, 1 more to go over: items → set
    static final int LOAD_METHOD = 66;       // name:  object → method object, or nothing and the function itself

    static final int MATCH_SEQUENCE = 67;    // count << 1, 1 more for at least so many: value → bool
    static final int MATCH_MAPPING = 68;     //        value → bool

    private Op() {}
}
