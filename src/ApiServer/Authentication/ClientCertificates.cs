using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.ApiServer.Authentication;

/// <summary>
/// Reads users from client certificates: the common name is the user, organizations are groups, and an attribute of
/// Kubernetes' own is the uid
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates"/>).
/// </summary>
internal static class ClientCertificates
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";
    private const string UserUid = "1.3.6.1.4.1.57683.2";
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
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(certificate);
    }

    /// <summary>The user that a certificate names; null when it has no common name.</summary>
    public static UserInfo? UserOf(X509Certificate2 certificate)
    {
        var subject = new Subject();
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements) ReadSet(part.RawData, subject);
            else subject.Add(part.GetSingleElementType().Value, part.GetSingleElementValue());
        }
        if (string.IsNullOrEmpty(subject.Name)) return null;
        subject.Groups.Reverse();   // names are enumerated from the most specific part
        return new UserInfo(subject.Name, [.. subject.Groups, UserInfo.Authenticated])
        {
            Uid = subject.Uid ?? "",
            Extra = new Dictionary<string, IReadOnlyList<string>>
            {
                [ExtraKeys.Credential] = [$"X509SHA256={certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()}"],
            },
        };
    }

    // Go's standard library writes several organizations as one set of several elements.
    private static void ReadSet(ReadOnlyMemory<byte> der, Subject subject)
    {
        var set = new AsnReader(der, AsnEncodingRules.DER).ReadSetOf();
        while (set.HasData)
        {
            var pair = set.ReadSequence();
            var type = pair.ReadObjectIdentifier();
            var tag = pair.PeekTag();
            subject.Add(type, pair.ReadCharacterString((UniversalTagNumber)tag.TagValue));
        }
    }

    private sealed class Subject
    {
        public string? Name { get; private set; }
        public string? Uid { get; private set; }
        public List<string> Groups { get; } = [];

        public void Add(string? type, string? value)
        {
            if (value is null) return;
            if (type == CommonName) Name ??= value;
            else if (type == Organization) Groups.Add(value);
            else if (type == UserUid) Uid ??= value;
        }
    }
}
