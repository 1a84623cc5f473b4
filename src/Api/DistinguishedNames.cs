using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Api;

/// <summary>
/// Reads the subjects of certificates and of requests for them, as Kubernetes does: the common name is the user, organizations are
/// groups (<see href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates"/>).
/// </summary>
public static class DistinguishedNames
{
    /// <summary>Object identifier of the common name.</summary>
    public const string CommonName = "2.5.4.3";

    /// <summary>Object identifier of an organization.</summary>
    public const string Organization = "2.5.4.10";

    /// <summary>The attributes of a name in the order in which they are encoded, as pairs of object identifier and value.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The name is malformed.</exception>
    /// <exception cref="AsnContentException">A part of several attributes is malformed.</exception>
    public static IReadOnlyList<(string Type, string Value)> AttributesOf(X500DistinguishedName name)
    {
        var attributes = new List<(string, string)>();
        foreach (var part in name.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (part.HasMultipleElements) ReadSet(part.RawData, attributes);
            else if (part.GetSingleElementValue() is { } value) attributes.Add((part.GetSingleElementType().Value!, value));
        }
        return attributes;
    }

    /// <summary>The values of one attribute, in the order in which they are encoded.</summary>
    /// <inheritdoc cref="AttributesOf"/>
    public static IReadOnlyList<string> ValuesOf(X500DistinguishedName name, string type) =>
        [.. AttributesOf(name).Where(attribute => attribute.Type == type).Select(attribute => attribute.Value)];

    // Go's standard library writes several organizations as one set of several elements.
    private static void ReadSet(ReadOnlyMemory<byte> der, List<(string, string)> attributes)
    {
        var set = new AsnReader(der, AsnEncodingRules.DER).ReadSetOf();
        while (set.HasData)
        {
            var pair = set.ReadSequence();
            var type = pair.ReadObjectIdentifier();
            var tag = pair.PeekTag();
            attributes.Add((type, pair.ReadCharacterString((UniversalTagNumber)tag.TagValue)));
        }
    }
}
