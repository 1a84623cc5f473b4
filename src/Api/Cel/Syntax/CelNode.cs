namespace Slipway.Api.Cel;

/// <summary>
/// A node of an expression's syntax tree. Operators are calls of functions whose names no identifier can have, such as
/// <c>_+_</c>; macros have nodes of their own.
/// </summary>
/// <param name="Position">Offset in the text, from 0.</param>
public abstract record CelNode(int Position)
{
    /// <summary>The nodes below, in the order in which they are written.</summary>
    public abstract IReadOnlyList<CelNode> Children { get; }

    /// <summary>Levels of the tree from here; the parser bounds it, and with it the recursion of everything that walks a tree.</summary>
    internal int Depth { get; set; } = 1;
}

/// <summary>A constant.</summary>
public sealed record CelLiteral(int Position, CelValue Value) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => [];
}

/// <summary>A variable or the name of a type. A leading dot means that no container is put before it.</summary>
public sealed record CelIdentifier(int Position, string Name) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => [];
}

/// <summary>
/// <c>operand.field</c>; with <paramref name="TestOnly"/> the macro <c>has(operand.field)</c>, with
/// <paramref name="IsOptional"/> <c>operand.?field</c>.
/// </summary>
public sealed record CelSelect(int Position, CelNode Operand, string Field, bool TestOnly = false, bool IsOptional = false) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => [Operand];
}

/// <summary><c>function(arguments)</c> or <c>target.function(arguments)</c>, or an operator.</summary>
public sealed record CelCall(int Position, string Function, CelNode? Target, IReadOnlyList<CelNode> Arguments) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => Target is null ? Arguments : [Target, .. Arguments];
}

/// <summary>An item of a list; an optional one is there if its value is.</summary>
public sealed record CelListItem(CelNode Value, bool IsOptional);

/// <summary><c>[a, ?b]</c>.</summary>
public sealed record CelListLiteral(int Position, IReadOnlyList<CelListItem> Items) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => [.. Items.Select(i => i.Value)];
}

/// <summary>An entry of a map; an optional one is there if its value is.</summary>
public sealed record CelMapEntry(CelNode Key, CelNode Value, bool IsOptional);

/// <summary><c>{key: value, ?key: value}</c>.</summary>
public sealed record CelMapLiteral(int Position, IReadOnlyList<CelMapEntry> Entries) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => [.. Entries.SelectMany(e => new[] { e.Key, e.Value })];
}

/// <summary>A field of an object that an expression makes.</summary>
public sealed record CelStructField(string Name, CelNode Value, bool IsOptional);

/// <summary><c>TypeName{field: value}</c>.</summary>
public sealed record CelStructLiteral(int Position, string TypeName, IReadOnlyList<CelStructField> Fields) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => [.. Fields.Select(f => f.Value)];
}

/// <summary>
/// A macro over a list or map. With one variable it is an item or a key; with two they are index and item or key and
/// value. <paramref name="Filter"/> says which items a macro that makes a list or map takes.
/// </summary>
public sealed record CelComprehension(int Position, CelMacro Macro, CelNode Range, string Variable, string? SecondVariable, CelNode? Filter, CelNode Body) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => Filter is null ? [Range, Body] : [Range, Filter, Body];
}

/// <summary><c>cel.bind(variable, value, body)</c>.</summary>
public sealed record CelBinding(int Position, string Variable, CelNode Value, CelNode Body) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => [Value, Body];
}

/// <summary><c>optional.optMap(variable, body)</c>, or <c>optFlatMap</c>, whose body is an optional itself.</summary>
public sealed record CelOptionalMap(int Position, CelNode Operand, string Variable, CelNode Body, bool IsFlat) : CelNode(Position)
{
    public override IReadOnlyList<CelNode> Children => [Operand, Body];
}

/// <summary>The macros over lists and maps.</summary>
public enum CelMacro
{
    All,
    Exists,
    ExistsOne,
    Filter,

    /// <summary>A list of what the body gives for each item.</summary>
    Map,

    /// <summary>A map with the same keys, of what the body gives.</summary>
    TransformMap,

    /// <summary>The entries of the maps that the body gives.</summary>
    TransformMapEntry,
}

/// <summary>Names of the functions that operators stand for.</summary>
public static class CelOperators
{
    public const string Or = "_||_";
    public const string And = "_&&_";
    public const string Not = "!_";
    public const string Negate = "-_";
    public const string Equal = "_==_";
    public const string NotEqual = "_!=_";
    public const string Less = "_<_";
    public const string LessOrEqual = "_<=_";
    public const string Greater = "_>_";
    public const string GreaterOrEqual = "_>=_";
    public const string In = "@in";
    public const string Add = "_+_";
    public const string Subtract = "_-_";
    public const string Multiply = "_*_";
    public const string Divide = "_/_";
    public const string Modulo = "_%_";
    public const string Conditional = "_?_:_";
    public const string Index = "_[_]";
    public const string OptionalIndex = "_[?_]";
}
