using System.Globalization;
using Slipway.Api;

namespace Slipway.ApiServer.Negotiation;

/// <summary>What of an object is asked for.</summary>
internal enum View { Object, Table, PartialMetadata }

/// <summary>How an answer is written.</summary>
internal enum Format { Json, Yaml }

/// <summary>The representation that was agreed on.</summary>
/// <param name="View">Whole objects, a table, or their metadata alone.</param>
/// <param name="MetaVersion">Version of <c>meta.k8s.io</c> for tables and partial metadata: <c>v1</c> or <c>v1beta1</c>.</param>
/// <param name="Format">How it is written.</param>
internal readonly record struct Representation(View View, string MetaVersion, Format Format)
{
    public static Representation Json { get; } = new(View.Object, "v1", Format.Json);

    public string ContentType => Format == Format.Json ? MediaTypes.Json : MediaTypes.Yaml;
}

/// <summary>One media range of an <c>Accept</c> header.</summary>
/// <param name="Type">Type and subtype in lower case.</param>
/// <param name="As">The <c>as</c> parameter; empty when absent.</param>
/// <param name="Group">The <c>g</c> parameter.</param>
/// <param name="Version">The <c>v</c> parameter.</param>
/// <param name="Quality">The <c>q</c> parameter.</param>
internal readonly record struct MediaRange(string Type, string As, string Group, string Version, double Quality)
{
    public bool AcceptsJson => Type is "application/json" or "*/*" or "application/*";
}

/// <summary>Reads <c>Accept</c> headers (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources"/>).</summary>
internal static class Accept
{
    /// <summary>The ranges of a header, the preferred first; ranges of equal quality keep their order.</summary>
    public static IReadOnlyList<MediaRange> Parse(string header)
    {
        if (string.IsNullOrWhiteSpace(header)) return [new("*/*", "", "", "", 1)];
        var ranges = new List<MediaRange>(2);
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            ranges.Add(ParseRange(part));
        return ranges.TrueForAll(r => r.Quality == 1) ? ranges : [.. ranges.Where(r => r.Quality > 0).OrderByDescending(r => r.Quality)];
    }

    /// <summary>The first representation that is served.</summary>
    /// <exception cref="ApiException">406: none is.</exception>
    public static Representation ForObjects(string header)
    {
        if (header == MediaTypes.Json) return Representation.Json;
        foreach (var range in Parse(header))
        {
            Format format;
            if (range.AcceptsJson) format = Format.Json;
            else if (range.Type is "application/yaml" or "text/yaml" or "application/x-yaml") format = Format.Yaml;
            else continue;

            if (range.As.Length == 0) return new(View.Object, "v1", format);
            if (range.Group != "meta.k8s.io" || range.Version is not ("v1" or "v1beta1")) continue;
            if (range.As == "Table") return new(View.Table, range.Version, format);
            if (range.As is "PartialObjectMetadata" or "PartialObjectMetadataList") return new(View.PartialMetadata, range.Version, format);
        }
        throw NotAcceptable(MediaTypes.Json, MediaTypes.Yaml);
    }

    public static ApiException NotAcceptable(params string[] served) =>
        new(406, "NotAcceptable", $"only the following media types are accepted: {string.Join(", ", served)}");

    private static MediaRange ParseRange(string text)
    {
        var pieces = text.Split(';', StringSplitOptions.TrimEntries);
        var range = new MediaRange(pieces[0].ToLowerInvariant(), "", "", "", 1);
        foreach (var piece in pieces.AsSpan(1))
        {
            var equals = piece.IndexOf('=');
            if (equals < 0) continue;
            var value = piece[(equals + 1)..].Trim().Trim('"');
            range = piece[..equals].TrimEnd() switch
            {
                "as" => range with { As = value },
                "g" => range with { Group = value },
                "v" => range with { Version = value },
                "q" => range with { Quality = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var q) ? q : 1 },
                _ => range,
            };
        }
        return range;
    }
}
