namespace Slipway.Api.Cel;

/// <summary>Kinds of tokens.</summary>
internal enum CelTokenKind
{
    End,
    Identifier,

    /// <summary>A name between back-quotes: the name of a field that is no identifier.</summary>
    QuotedIdentifier,
    Literal,
    Symbol,
}

/// <summary>A token.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Position">Offset in the text.</param>
/// <param name="Text">Name of an identifier, or the symbol.</param>
/// <param name="Value">Value of a literal.</param>
internal readonly record struct CelToken(CelTokenKind Kind, int Position, string Text, CelValue? Value = null)
{
    public bool Is(string symbol) => Kind == CelTokenKind.Symbol && Text == symbol;

    public override string ToString() => Kind switch
    {
        CelTokenKind.End => "the end",
        CelTokenKind.Literal => Value!.ToString(),
        _ => $"\"{Text}\"",
    };
}
