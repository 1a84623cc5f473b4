using System.Globalization;
using Slipway.Api;

namespace Slipway.ApiServer.Negotiation;

/// <summary>What of an object is asked for.</summary>
internal enum View { Object, Table, PartialMetadata }

/// <summary>How an answer is written.</summary>
internal enum Format { Json, Yaml, Protobuf }

/// <summary>The representation that was agreed on.</summary>
/// <param name="View">Whole objects, a table, or their metadata alone.</param>
/// <param name="MetaVersion">Version of <c>meta.k8s.io</c> for tables and partial metadata: <c>v1</c> or <c>v1beta1</c>.</param>
/// <param name="Format">How it is written.</param>
internal readonly record struct Representation(View View, string MetaVersion, Format Format)
{
    public static Representation Json { get; } = new(View.Object, "v1", Format.Json);
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

    /// <summary>The first format that it covers; null for none that is served.</summary>
    public Format? Format => Type switch
    {
        "application/json" or "*/*" or "application/*" => Negotiation.Format.Json,
        "application/yaml" or "text/yaml" or "application/x-yaml" => Negotiation.Format.Yaml,
        MediaTypes.Protobuf => Negotiation.Format.Protobuf,
        _ => null,
    };
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
    /// <param name="header">The header.</param>
    /// <param name="hasProtobuf">Whether whole objects have a protobuf form, as built-in kinds do; the metadata of all kinds has.</param>
    /// <param name="hasViews">Whether there are tables and metadata alone of it.</param>
    /// <param name="isStream">Whether it is a watch, which YAML has no form for.</param>
    /// <exception cref="ApiException">406: none is.</exception>
    public static Representation ForObjects(string header, bool hasProtobuf, bool hasViews, bool isStream)
    {
        if (header == MediaTypes.Json) return Representation.Json;
        foreach (var range in Parse(header))
        {
            if (range.Format is not { } format || (isStream && format == Format.Yaml)) continue;
            switch (range)
            {
                case { As.Length: 0 }:
                    if (hasProtobuf || format != Format.Protobuf) return new(View.Object, "v1", format);
                    break;
                case { } when !hasViews:
                case not { Group: "meta.k8s.io", Version: "v1" or "v1beta1" }: break;
                case { As: "Table" }:
                    if (format != Format.Protobuf) return new(View.Table, range.Version, format);
                    break;
                case { As: "PartialObjectMetadata" or "PartialObjectMetadataList" }: return new(View.PartialMetadata, range.Version, format);
            }
        }
        string[] served = isStream ? [MediaTypes.Json + ";stream=watch"] : [MediaTypes.Json, MediaTypes.Yaml];
        throw NotAcceptable(!hasProtobuf ? served : isStream ? [.. served, MediaTypes.Protobuf + ";stream=watch"] : [.. served, MediaTypes.Protobuf]);
    }

    /// <summary>Whether a document that has every form is to be sent as protobuf.</summary>
    public static bool PrefersProtobuf(string header)
    {
        if (!header.Contains(MediaTypes.Protobuf, StringComparison.OrdinalIgnoreCase)) return false;
        foreach (var range in Parse(header))
            if (range.Format is { } format) return format == Format.Protobuf;
        return false;
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
