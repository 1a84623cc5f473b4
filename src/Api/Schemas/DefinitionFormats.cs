using System.Collections.Frozen;

namespace Slipway.Api.Schemas;

/// <summary>
/// The formats that mean something in schemas of definitions; values are not held to others
/// (<see href="https://github.com/kubernetes/apiextensions-apiserver/blob/v0.37.0-beta.0/pkg/apiserver/validation/formats.go"/>).
/// </summary>
internal static class DefinitionFormats
{
    private static readonly FrozenSet<string> OfTexts = FrozenSet.ToFrozenSet(
    [
        "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5", "isbn", "isbn10", "isbn13",
        "creditcard", "ssn", "hexcolor", "rgbcolor", "byte", "password", "date", "duration", "datetime", "k8sshortname", "k8slongname",
    ], StringComparer.Ordinal);

    /// <summary>Whether a format is known for values of a type. Dashes do not count in formats of texts.</summary>
    /// <param name="type">The type that stands beside it; null for none.</param>
    /// <param name="format">The format.</param>
    public static bool IsKnown(string? type, string format) => type switch
    {
        null or "" or "string" => OfTexts.Contains(Normalized(format)),
        "integer" => format is "int32" or "int64",
        "number" => format is "float" or "double",
        _ => false,
    };

    /// <summary>A format of texts by the name that stands for all its spellings.</summary>
    public static string Normalized(string format) => format.Replace("-", "", StringComparison.Ordinal);
}
