namespace Slipway.Flows.LedgerDescription;

/// <summary>A field of an object that the ledger's API shows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Description">What it says.</param>
/// <param name="Of">Name of the objects that it holds; empty where it holds none, or ones of any fields.</param>
internal sealed record LedgerField(string Name, LedgerFieldType Type, string Description, string Of = "");

/// <summary>What a field holds.</summary>
internal enum LedgerFieldType
{
    Text,
    Time,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A number with a fraction.</summary>
    Real,

    /// <summary>A list of texts.</summary>
    Texts,

    /// <summary>Anything.</summary>
    Any,

    Object,

    /// <summary>A list of objects.</summary>
    List,

    /// <summary>Objects by name.</summary>
    Map,
}
