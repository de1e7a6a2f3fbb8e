package io.reft.reward.python;

import java.util.List;
import java.util.Set;

/**
 * The syntax tree: Python's own names for its parts. Positions are left out, as no traceback is ever shown.
 */
final class Syntax {
    private Syntax() {}

    /** Something that has a value. */
    sealed interface Expr {}

    record Constant(Object value) implements Expr {}

    record Name(String id) implements Expr {}

    record Unary(Operator operator, Expr operand) implements Expr {}

    record Binary(Operator operator, Expr left, Expr right) implements Expr {}

    /** {@code a and b and c}, or {@code or}. */
    record BoolOp(boolean and, List<Expr> values) implements Expr {}

    /** {@code a < b <= c}. */
    record Compare(Expr first, List<Operator> operators, List<Expr> rest) implements Expr {}

    record Conditional(Expr test, Expr body, Expr orelse) implements Expr {}

    record Call(Expr function, List<Argument> arguments) implements Expr {}

    /** An argument of a call: positional (no stars, no name), named, {@code *value} or {@code **value}. */
    record Argument(int stars, String name, Expr value) {}

    record Attribute(Expr value, String name) implements Expr {}

    record Subscript(Expr value, Expr index) implements Expr {}

    /** {@code lower:upper:step}; a part that is not written is null. */
    record Slice(Expr lower, Expr upper, Expr step) implements Expr {}

    record Tuple(List<Expr> elements) implements Expr {}

    record ListOf(List<Expr> elements) implements Expr {}

    record SetOf(List<Expr> elements) implements Expr {}

    /** A null key stands before a {@code **value}. */
    record DictOf(List<Expr> keys, List<Expr> values) implements Expr {}

    record Starred(Expr value) implements Expr {}

    record Lambda(Parameters parameters, Expr body, Names names) implements Expr {}

    enum Kind { LIST, SET, DICT, GENERATOR }

    /** {@code [element for …]}; {@code value} is a dict's value, otherwise null. */
    record Comprehension(Kind kind, Expr element, Expr value, List<Clause> clauses) implements Expr {}

    record Clause(Expr target, Expr iterable, List<Expr> conditions) {}

    record NamedExpr(String name, Expr value) implements Expr {}

    /** An f-string: constants and {@link Formatted} values. */
    record Joined(List<Expr> parts) implements Expr {}

    /** {@code {value!conversion:spec}}; conversion is 0 and spec null where not written. */
    record Formatted(Expr value, char conversion, Expr spec) implements Expr {}

    record Yield(Expr value) implements Expr {}

    record YieldFrom(Expr value) implements Expr {}

    /** Parameters in order: positional ones (those before {@code /} first), then {@code *args}, keyword-only, {@code **kw}. */
    record Parameters(List<Parameter> positional, int positionalOnly, String args, List<Parameter> keywordOnly, String keywords,
            List<Expr> annotations) {}

    /** {@code initial} is null where there is no default. */
    record Parameter(String name, Expr initial) {}

    /** What a function's body binds, declares, and whether it yields. */
    record Names(Set<String> bound, Set<String> globals, Set<String> nonlocals, boolean[] generator) {}

    /** Something that is done. */
    sealed interface Stmt {}

    record ExprStmt(Expr value) implements Stmt {}

    record Assign(List<Expr> targets, Expr value) implements Stmt {}

    record AugAssign(Expr target, Operator operator, Expr value) implements Stmt {}

    /** {@code target: annotation = value}; value may be null. */
    record AnnAssign(Expr target, Expr annotation, Expr value, boolean simple) implements Stmt {}

    /** {@code if}, each {@code elif}, and {@code else} (null where not written). */
    record If(List<Expr> tests, List<List<Stmt>> bodies, List<Stmt> orelse) implements Stmt {}

    record While(Expr test, List<Stmt> body, List<Stmt> orelse) implements Stmt {}

    record For(Expr target, Expr iterable, List<Stmt> body, List<Stmt> orelse) implements Stmt {}

    record Def(List<Expr> decorators, String name, Parameters parameters, Expr returns, List<Stmt> body, Names names)
            implements Stmt {}

    record Return(Expr value) implements Stmt {}

    record Raise(Expr exception, Expr cause) implements Stmt {}

    record Try(List<Stmt> body, List<Handler> handlers, List<Stmt> orelse, List<Stmt> finalbody) implements Stmt {}

    /** {@code except type as name}; both may be null. */
    record Handler(Expr type, String name, List<Stmt> body) {}

    record Assert(Expr test, Expr message) implements Stmt {}

    record Del(List<Expr> targets) implements Stmt {}

    /** {@code import module as name}; {@code top} says that the name is bound to the first part of a dotted module. */
    record Import(String module, String name, boolean top) implements Stmt {}

    /** {@code from module import name as alias}, …; a single name {@code *} takes all. */
    record ImportFrom(String module, List<String> names, List<String> aliases) implements Stmt {}

    /** {@code match}: {@code subject} is the hidden variable that holds the value. */
    record Match(Expr value, String subject, List<Case> cases) implements Stmt {}

    /** {@code case pattern if guard}; the guard may be null. */
    record Case(Pattern pattern, Expr guard, List<Stmt> body) {}

    /** What a value may look like. Captures are by name, null for {@code _}; {@code items} are hidden variables. */
    sealed interface Pattern {}

    /** Equal to a value, or with {@code identity} the same as it. */
    record ValuePattern(Expr value, boolean identity) implements Pattern {}

    record CapturePattern(String name) implements Pattern {}

    /** {@code *name} in a sequence. */
    record StarPattern(String name) implements Pattern {}

    record AsPattern(Pattern pattern, String name) implements Pattern {}

    record OrPattern(List<Pattern> patterns) implements Pattern {}

    record SequencePattern(List<Pattern> patterns, List<String> items) implements Pattern {}

    record MappingPattern(List<Expr> keys, List<Pattern> values, List<String> items, String rest) implements Pattern {}

    /** {@code int()} or {@code int(inside)}. */
    record ClassPattern(Expr type, Pattern inside) implements Pattern {}

    record Break() implements Stmt {}

    record Continue() implements Stmt {}
}
