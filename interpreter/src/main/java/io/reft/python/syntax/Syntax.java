package io.reft.python.syntax;

import io.reft.python.runtime.Operator;
import java.util.List;
import java.util.Set;

/**
 * The syntax tree: Python's own names for its parts. Positions are left out, as no traceback is ever shown.
 */
public final class Syntax {
    private Syntax() {}

    /** Something that has a value. */
    public sealed interface Expr {}

    public record Constant(Object value) implements Expr {}

    public record Name(String id) implements Expr {}

    public record Unary(Operator operator, Expr operand) implements Expr {}

    public record Binary(Operator operator, Expr left, Expr right) implements Expr {}

    /** {@code a and b and c}, or {@code or}. */
    public record BoolOp(boolean and, List<Expr> values) implements Expr {}

    /** {@code a < b <= c}. */
    public record Compare(Expr first, List<Operator> operators, List<Expr> rest) implements Expr {}

    public record Conditional(Expr test, Expr body, Expr orelse) implements Expr {}

    public record Call(Expr function, List<Argument> arguments) implements Expr {}

    /** An argument of a call: positional (no stars, no name), named, {@code *value} or {@code **value}. */
    public record Argument(int stars, String name, Expr value) {}

    public record Attribute(Expr value, String name) implements Expr {}

    public record Subscript(Expr value, Expr index) implements Expr {}

    /** {@code lower:upper:step}; a part that is not written is null. */
    public record Slice(Expr lower, Expr upper, Expr step) implements Expr {}

    public record Tuple(List<Expr> elements) implements Expr {}

    public record ListOf(List<Expr> elements) implements Expr {}

    public record SetOf(List<Expr> elements) implements Expr {}

    /** A null key stands before a {@code **value}. */
    public record DictOf(List<Expr> keys, List<Expr> values) implements Expr {}

    public record Starred(Expr value) implements Expr {}

    public record Lambda(Parameters parameters, Expr body, Names names) implements Expr {}

    public enum Kind { LIST, SET, DICT, GENERATOR }

    /** {@code [element for …]}; {@code value} is a dict's value, otherwise null. */
    public record Comprehension(Kind kind, Expr element, Expr value, List<Clause> clauses) implements Expr {}

    public record Clause(Expr target, Expr iterable, List<Expr> conditions) {}

    public record NamedExpr(String name, Expr value) implements Expr {}

    /** An f-string: constants and {@link Formatted} values. */
    public record Joined(List<Expr> parts) implements Expr {}

    /** {@code {value!conversion:spec}}; conversion is 0 and spec null where not written. */
    public record Formatted(Expr value, char conversion, Expr spec) implements Expr {}

    public record Yield(Expr value) implements Expr {}

    public record YieldFrom(Expr value) implements Expr {}

    /** Parameters in order: positional ones (those before {@code /} first), then {@code *args}, keyword-only, {@code **kw}. */
    public record Parameters(List<Parameter> positional, int positionalOnly, String args, List<Parameter> keywordOnly, String keywords,
                             List<Expr> annotations) {}

    /** {@code initial} is null where there is no default. */
    public record Parameter(String name, Expr initial) {}

    /** What a function's body binds, declares, and whether it yields. */
    public record Names(Set<String> bound, Set<String> globals, Set<String> nonlocals, boolean[] generator) {}

    /** Something that is done. */
    public sealed interface Stmt {}

    public record ExprStmt(Expr value) implements Stmt {}

    public record Assign(List<Expr> targets, Expr value) implements Stmt {}

    public record AugAssign(Expr target, Operator operator, Expr value) implements Stmt {}

    /** {@code target: annotation = value}; value may be null. */
    public record AnnAssign(Expr target, Expr annotation, Expr value, boolean simple) implements Stmt {}

    /** {@code if}, each {@code elif}, and {@code else} (null where not written). */
    public record If(List<Expr> tests, List<List<Stmt>> bodies, List<Stmt> orelse) implements Stmt {}

    public record While(Expr test, List<Stmt> body, List<Stmt> orelse) implements Stmt {}

    public record For(Expr target, Expr iterable, List<Stmt> body, List<Stmt> orelse) implements Stmt {}

    public record Def(List<Expr> decorators, String name, Parameters parameters, Expr returns, List<Stmt> body, Names names)
            implements Stmt {}

    public record Return(Expr value) implements Stmt {}

    public record Raise(Expr exception, Expr cause) implements Stmt {}

    public record Try(List<Stmt> body, List<Handler> handlers, List<Stmt> orelse, List<Stmt> finalbody) implements Stmt {}

    /** {@code except type as name}; both may be null. */
    public record Handler(Expr type, String name, List<Stmt> body) {}

    public record Assert(Expr test, Expr message) implements Stmt {}

    public record Del(List<Expr> targets) implements Stmt {}

    /** {@code import module as name}; {@code top} says that the name is bound to the first part of a dotted module. */
    public record Import(String module, String name, boolean top) implements Stmt {}

    /** {@code from module import name as alias}, …; a single name {@code *} takes all. */
    public record ImportFrom(String module, List<String> names, List<String> aliases) implements Stmt {}

    /** {@code match}: {@code subject} is the hidden variable that holds the value. */
    public record Match(Expr value, String subject, List<Case> cases) implements Stmt {}

    /** {@code case pattern if guard}; the guard may be null. */
    public record Case(Pattern pattern, Expr guard, List<Stmt> body) {}

    /** What a value may look like. Captures are by name, null for {@code _}; {@code items} are hidden variables. */
    public sealed interface Pattern {}

    /** Equal to a value, or with {@code identity} the same as it. */
    public record ValuePattern(Expr value, boolean identity) implements Pattern {}

    public record CapturePattern(String name) implements Pattern {}

    /** {@code *name} in a sequence. */
    public record StarPattern(String name) implements Pattern {}

    public record AsPattern(Pattern pattern, String name) implements Pattern {}

    public record OrPattern(List<Pattern> patterns) implements Pattern {}

    public record SequencePattern(List<Pattern> patterns, List<String> items) implements Pattern {}

    public record MappingPattern(List<Expr> keys, List<Pattern> values, List<String> items, String rest) implements Pattern {}

    /** {@code int()} or {@code int(inside)}. */
    public record ClassPattern(Expr type, Pattern inside) implements Pattern {}

    public record Break() implements Stmt {}

    public record Continue() implements Stmt {}
}
