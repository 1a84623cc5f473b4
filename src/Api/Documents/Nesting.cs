using System.Text.Json;

namespace Slipway.Api.Documents;

/// <summary>
/// How deep values may be nested in what the server itself has written: a document as deep as those that it accepts, within a list,
/// an event or a review, and with the fields of its managers. The libraries' own limit of 64 is less than that.
/// </summary>
public static class Nesting
{
    /// <summary>The depth; what writes JSON goes no deeper.</summary>
    public const int MaxDepth = 1000;

    /// <summary>For readers.</summary>
    public static JsonReaderOptions Reader { get; } = new() { MaxDepth = MaxDepth };

    /// <summary>For documents and nodes.</summary>
    public static JsonDocumentOptions Document { get; } = new() { MaxDepth = MaxDepth };
}
