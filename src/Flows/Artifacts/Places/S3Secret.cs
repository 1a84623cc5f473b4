using System.Text;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>What a Secret says of how a bucket is reached.</summary>
/// <param name="AccessKey">Who asks.</param>
/// <param name="SecretKey">What requests are signed with.</param>
/// <param name="CertificateAuthority">The authority of the storage's certificate, PEM; null for those that the system trusts.</param>
public sealed record S3Secret(string AccessKey, string SecretKey, string? CertificateAuthority)
{
    /// <summary>Key of the Secret with who asks.</summary>
    public const string AccessKeyName = "accessKey";

    /// <summary>Key of the Secret with what requests are signed with.</summary>
    public const string SecretKeyName = "secretKey";

    /// <summary>Key of the Secret with the authority of the storage's certificate.</summary>
    public const string AuthorityName = "ca.crt";

    /// <summary>Reads a Secret.</summary>
    /// <param name="api">Reads it.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="whose">What needs it, for messages.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArtifactPlaceException">It is not there, may not be read, or lacks a key.</exception>
    public static async ValueTask<S3Secret> ReadAsync(IApi api, string ns, string name, string whose, CancellationToken cancellation)
    {
        IDictionary<string, byte[]> data;
        try
        {
            var secret = await api.GetAsync(FlowKinds.Secrets, ns, name, cancellation)
                ?? throw Wrong($"there is no Secret {name} in namespace {ns}; make it with the keys {AccessKeyName} and {SecretKeyName}");
            data = secret.Data ?? new Dictionary<string, byte[]>();
        }
        catch (ApiException e) when (e.Code == 403)
        {
            throw Wrong($"Secret {name} may not be read ({e.Message}); allow it to whom runs the flows");
        }

        return new S3Secret(Text(AccessKeyName) ?? throw Missing(AccessKeyName), Text(SecretKeyName) ?? throw Missing(SecretKeyName), Text(AuthorityName));

        string? Text(string key) => data.TryGetValue(key, out var bytes) && bytes.Length > 0 ? Encoding.UTF8.GetString(bytes).Trim() : null;

        ArtifactPlaceException Missing(string key) => Wrong($"Secret {name} has no key {key}; it needs {AccessKeyName} and {SecretKeyName}");

        ArtifactPlaceException Wrong(string what) => new(ArtifactPlaceFault.WrongCredentials, $"{whose}: {what}");
    }

    /// <summary>A bucket as it is reached with this.</summary>
    /// <param name="endpoint">Where the storage is.</param>
    /// <param name="bucket">The bucket.</param>
    /// <param name="prefix">What keys begin with.</param>
    /// <param name="region">The region that requests are signed for; null for that of storages that have none.</param>
    /// <param name="usesPathStyle">Whether the bucket is named in the path; null for yes.</param>
    public S3Options Open(Uri endpoint, string bucket, string prefix, string? region, bool? usesPathStyle) => new()
    {
        Endpoint = endpoint,
        Bucket = bucket,
        Prefix = prefix,
        Region = region ?? S3Options.DefaultRegion,
        UsesPathStyle = usesPathStyle ?? true,
        AccessKey = AccessKey,
        SecretKey = SecretKey,
        CertificateAuthority = CertificateAuthority,
    };
}
