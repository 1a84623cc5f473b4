using System.Collections.Frozen;

namespace Slipway.Api.Cel;

/// <summary>Kinds of types.</summary>
public enum CelKind
{
    /// <summary>Any type: checked when the expression is evaluated.</summary>
    Dyn,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    List,
    Map,

    /// <summary>A type as a value.</summary>
    Type,

    /// <summary>An object with declared fields.</summary>
    Object,

    /// <summary>A type known by its name and parameters alone, such as an optional or an address.</summary>
    Opaque,

    /// <summary>A parameter of a function's signature, or a variable of the checker.</summary>
    Parameter,

    /// <summary>The type of what could not be checked.</summary>
    Error,
}

/// <summary>A type of the Common Expression Language. Immutable.</summary>
public sealed class CelType
{
    private static readonly FrozenDictionary<string, CelType> NoFields = FrozenDictionary<string, CelType>.Empty;

    private CelType(CelKind kind, string name, params IReadOnlyList<CelType> parameters)
    {
        Kind = kind;
        Name = name;
        Parameters = parameters;
    }

    public static CelType Dyn { get; } = new(CelKind.Dyn, "dyn");
    public static CelType Null { get; } = new(CelKind.Null, "null_type");
    public static CelType Bool { get; } = new(CelKind.Bool, "bool");
    public static CelType Int { get; } = new(CelKind.Int, "int");
    public static CelType Uint { get; } = new(CelKind.Uint, "uint");
    public static CelType Double { get; } = new(CelKind.Double, "double");
    public static CelType String { get; } = new(CelKind.String, "string");
    public static CelType Bytes { get; } = new(CelKind.Bytes, "bytes");
    public static CelType Timestamp { get; } = new(CelKind.Timestamp, "google.protobuf.Timestamp");
    public static CelType Duration { get; } = new(CelKind.Duration, "google.protobuf.Duration");
    public static CelType AnyList { get; } = List(Dyn);
    public static CelType AnyMap { get; } = Map(Dyn, Dyn);
    public static CelType AnyType { get; } = TypeOf(Dyn);
    internal static CelType Error { get; } = new(CelKind.Error, "!error!");

    public CelKind Kind { get; }

    /// <summary>Its name, as <c>type()</c> gives it.</summary>
    public string Name { get; }

    /// <summary>Item of a list; key and value of a map; what an optional holds; what a type is the type of.</summary>
    public IReadOnlyList<CelType> Parameters { get; }

    /// <summary>Fields of an object, by the names that expressions use.</summary>
    public IReadOnlyDictionary<string, CelType> Fields { get; private init; } = NoFields;

    /// <summary>Whether an object may have any field, which is then of any type.</summary>
    public bool IsOpen { get; private init; }

    /// <summary>
    /// Most characters, bytes, items or entries that a value can have, where its declaration says; estimates of cost
    /// use it. It is no part of the type's identity.
    /// </summary>
    public long? MaxSize { get; private init; }

    public static CelType List(CelType item) => new(CelKind.List, "list", item);

    public static CelType Map(CelType key, CelType value) => new(CelKind.Map, "map", key, value);

    public static CelType Optional(CelType value) => new(CelKind.Opaque, "optional_type", value);

    public static CelType TypeOf(CelType type) => new(CelKind.Type, "type", type);

    /// <summary>An object type. Types of one name are the same type.</summary>
    public static CelType Object(string name, IReadOnlyDictionary<string, CelType> fields) => new(CelKind.Object, name) { Fields = fields };

    /// <summary>An object type whose fields nobody has declared.</summary>
    internal static CelType OpenObject(string name) => new(CelKind.Object, name) { IsOpen = true };

    internal static CelType Opaque(string name, params IReadOnlyList<CelType> parameters) => new(CelKind.Opaque, name, parameters);

    internal static CelType Parameter(string name) => new(CelKind.Parameter, name);

    /// <summary>The same type, of values that have at most a size.</summary>
    public CelType AtMost(long size) => new(Kind, Name, Parameters) { Fields = Fields, IsOpen = IsOpen, MaxSize = size };

    internal CelType WithParameters(IReadOnlyList<CelType> parameters) => new(Kind, Name, parameters) { Fields = Fields, IsOpen = IsOpen, MaxSize = MaxSize };

    /// <summary>Type of a field of an object; null when it has none of this name.</summary>
    internal CelType? FieldType(string name) => Fields.TryGetValue(name, out var type) ? type : IsOpen ? Dyn : null;

    internal bool IsDynOrError => Kind is CelKind.Dyn or CelKind.Error;

    internal bool IsOptional => Kind == CelKind.Opaque && Name == "optional_type";

    /// <summary>Whether two types are one, parameters included.</summary>
    public bool IsExactly(CelType other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (Kind != other.Kind || Name != other.Name || Parameters.Count != other.Parameters.Count) return false;
        for (var i = 0; i < Parameters.Count; i++)
            if (!Parameters[i].IsExactly(other.Parameters[i])) return false;
        return true;
    }

    /// <summary>The type as messages show it, such as <c>map(string, int)</c>.</summary>
    public override string ToString() => Kind switch
    {
        CelKind.Null => "null",
        CelKind.Timestamp => "timestamp",
        CelKind.Duration => "duration",
        CelKind.Type when Parameters is [{ Kind: CelKind.Dyn or CelKind.Parameter }] => "type",
        _ when Parameters.Count > 0 => $"{Name}({string.Join(", ", Parameters)})",
        _ => Name,
    };
}
