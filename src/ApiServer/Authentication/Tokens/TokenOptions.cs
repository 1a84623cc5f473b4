namespace Slipway.ApiServer.Authentication;

/// <summary>How tokens of service accounts are issued and recognized.</summary>
public sealed record TokenOptions
{
    /// <summary>The <c>iss</c> of tokens.</summary>
    public string Issuer { get; init; } = "https://kubernetes.default.svc.cluster.local";

    /// <summary>Whom tokens are for when their request names nobody, and who this server is: a token for others is not accepted.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = ["https://kubernetes.default.svc.cluster.local"];

    /// <summary>
    /// Private keys as PEM, ECDSA P-256 or RSA of at least 2048 bits. The first signs; all of them verify, so that tokens
    /// outlive a change of the key. They are asked for at each use, so that they can be replaced while the server runs; another
    /// list means other keys. When there is none, the server makes a key that lives as long as it does.
    /// </summary>
    public Func<IReadOnlyList<string>> Keys { get; init; } = static () => [];

    /// <summary>Certificate of the cluster's authority, PEM, for the tokens that are kept in Secrets; null leaves it out of them.</summary>
    public string? RootCertificate { get; init; }
}
