namespace Slipway.Api.Kinds;

/// <summary>Marks a class as one of Slipway's own kinds; its custom resource definition is generated from it.</summary>
/// <param name="plural">Plural name in paths.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CustomKindAttribute(string plural) : Attribute
{
    /// <summary>API group of all of Slipway's own kinds.</summary>
    public const string Group = "slipway.dev";

    /// <summary>Version of all of Slipway's own kinds.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Plural name in paths.</summary>
    public string Plural { get; } = plural;

    /// <summary>Name of the kind, where it is not that of the class.</summary>
    public string? Kind { get; init; }

    /// <summary>Abbreviations that clients accept.</summary>
    public string[] ShortNames { get; init; } = [];

    /// <summary>Groups of resources that a client can ask for at once.</summary>
    public string[] Categories { get; init; } = [];
}

/// <summary>A column that tables of the kind show.</summary>
/// <param name="name">Heading.</param>
/// <param name="type">Type as in OpenAPI: <c>string</c>, <c>integer</c>, <c>date</c>.</param>
/// <param name="jsonPath">Path of the value, such as <c>.status.phase</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PrinterColumnAttribute(string name, string type, string jsonPath) : Attribute
{
    public string Name { get; } = name;

    public string Type { get; } = type;

    public string JsonPath { get; } = jsonPath;

    /// <summary>0 is always shown, higher ones in wide tables.</summary>
    public int Priority { get; init; }
}

/// <summary>Facts of a field's schema that its type does not say.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FieldAttribute : Attribute
{
    /// <summary>Whether the field must be there.</summary>
    public bool Required { get; init; }

    /// <summary>The values allowed.</summary>
    public string[] Enum { get; init; } = [];

    /// <summary>Regular expression that the text must match.</summary>
    public string? Pattern { get; init; }

    /// <summary>Format as in OpenAPI, such as <c>date-time</c>.</summary>
    public string? Format { get; init; }

    /// <summary>Least value of a number; NaN for none.</summary>
    public double Minimum { get; init; } = double.NaN;

    /// <summary>Greatest value of a number; NaN for none.</summary>
    public double Maximum { get; init; } = double.NaN;

    /// <summary>Least length of a text or list; -1 for none.</summary>
    public int MinLength { get; init; } = -1;

    /// <summary>Greatest length of a text or list; -1 for none.</summary>
    public int MaxLength { get; init; } = -1;

    /// <summary>Whether a number or a text is accepted (<c>x-kubernetes-int-or-string</c>): quantities.</summary>
    public bool IntOrString { get; init; }

    /// <summary>Whether the definition says nothing of what is in an object: a copy of what has been checked where it came from.</summary>
    public bool IsCopy { get; init; }

    /// <summary>The property of its items by which a list is a map (<c>x-kubernetes-list-type: map</c>).</summary>
    public string? ListMapKey { get; init; }
}
