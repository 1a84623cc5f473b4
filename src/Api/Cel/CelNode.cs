namespace Slipway.Api.Cel;

/// <summary>A node of an expression's syntax tree.</summary>
/// <param name="Position">Offset in the text, from 0.</param>
public abstract record CelNode(int Position);

/// <summary>A constant.</summary>
public sealed record CelLiteral(int Position, CelValue Value) : CelNode(Position);

/// <summary>A variable.</summary>
public sealed record CelIdentifier(int Position, string Name) : CelNode(Position);

/// <summary><c>operand.field</c>; with <paramref name="TestOnly"/> the macro <c>has(operand.field)</c>.</summary>
public sealed record CelSelect(int Position, CelNode Operand, string Field, bool TestOnly = false) : CelNode(Position);

/// <summary><c>operand[index]</c>.</summary>
public sealed record CelIndex(int Position, CelNode Operand, CelNode Index) : CelNode(Position);

/// <summary><c>function(arguments)</c> or <c>target.function(arguments)</c>.</summary>
public sealed record CelCall(int Position, string Function, CelNode? Target, IReadOnlyList<CelNode> Arguments) : CelNode(Position);

/// <summary><c>!operand</c> or <c>-operand</c>.</summary>
public sealed record CelUnary(int Position, CelOperator Operator, CelNode Operand) : CelNode(Position);

/// <summary><c>left operator right</c>.</summary>
public sealed record CelBinary(int Position, CelOperator Operator, CelNode Left, CelNode Right) : CelNode(Position);

/// <summary><c>condition ? then : otherwise</c>.</summary>
public sealed record CelConditional(int Position, CelNode Condition, CelNode Then, CelNode Otherwise) : CelNode(Position);

/// <summary><c>[a, b]</c>.</summary>
public sealed record CelListLiteral(int Position, IReadOnlyList<CelNode> Items) : CelNode(Position);

/// <summary><c>{key: value}</c>.</summary>
public sealed record CelMapLiteral(int Position, IReadOnlyList<(CelNode Key, CelNode Value)> Entries) : CelNode(Position);

/// <summary>
/// A macro over a list or over the keys of a map: <c>range.all(variable, body)</c> and its like;
/// <paramref name="Filter"/> is the second argument of <c>map</c> with three.
/// </summary>
public sealed record CelComprehension(int Position, CelMacro Macro, CelNode Range, string Variable, CelNode? Filter, CelNode Body) : CelNode(Position);

/// <summary>The macros over lists and maps.</summary>
public enum CelMacro
{
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

/// <summary>The operators.</summary>
public enum CelOperator
{
    Or,
    And,
    Not,
    Negate,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}
