using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Slipway.Api;

namespace Slipway.ApiServer.Authentication;

/// <summary>
/// Reads users from client certificates: the common name is the user, organizations are groups, and an attribute of
/// Kubernetes' own is the uid
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates"/>).
/// </summary>
public static class ClientCertificates
{
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
        var subject = DistinguishedNames.AttributesOf(certificate.SubjectName);
        // Of several names the most specific counts, which is encoded last.
        if (Last(DistinguishedNames.CommonName) is not { Length: > 0 } name) return null;
        var groups = subject.Where(attribute => attribute.Type == DistinguishedNames.Organization).Select(attribute => attribute.Value);
        return new UserInfo(name, [.. groups, UserInfo.Authenticated])
        {
            Uid = Last(UserUid) ?? "",
            Extra = new Dictionary<string, IReadOnlyList<string>>
            {
                [ExtraKeys.Credential] = [$"X509SHA256={certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant()}"],
            },
        };

        string? Last(string type) => subject.LastOrDefault(attribute => attribute.Type == type).Value;
    }
}
