using System.Security.Cryptography.X509Certificates;
using System.Formats.Asn1;

namespace Slipway.ApiServer.Serving;

/// <summary>
/// Reads users from client certificates: the common name is the user, organizations are groups
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates"/>).
/// </summary>
internal static class ClientCertificates
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    /// <summary>Whether one of the authorities has issued a certificate for client authentication that is valid now.</summary>
    public static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection authorities, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(ClientAuthentication));
        return chain.Build(certificate);
    }

    /// <summary>The user that a certificate names; null when it has no common name.</summary>
    public static UserInfo? UserOf(X509Certificate2 certificate)
    {
        string? name = null;
        var groups = new List<string>();
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) ReadSet(part.RawData, groups, ref name);
            else if (part.GetSingleElementType().Value == CommonName) name ??= part.GetSingleElementValue();
            else if (part.GetSingleElementType().Value == Organization && part.GetSingleElementValue() is { } group) groups.Add(group);
        }
        if (string.IsNullOrEmpty(name)) return null;
        groups.Reverse();   // names are enumerated from the most specific part
        groups.Add("system:authenticated");
        return new UserInfo(name, groups);
    }

    // Go's standard library writes several organizations as one set of several elements.
    private static void ReadSet(ReadOnlyMemory<byte> der, List<string> groups, ref string? name)
    {
        var set = new AsnReader(der, AsnEncodingRules.DER).ReadSetOf();
        while (set.HasData)
        {
            var pair = set.ReadSequence();
            var type = pair.ReadObjectIdentifier();
            var tag = pair.PeekTag();
            var value = pair.ReadCharacterString((UniversalTagNumber)tag.TagValue);
            if (type == Organization) groups.Add(value);
            else if (type == CommonName) name ??= value;
        }
    }
}
