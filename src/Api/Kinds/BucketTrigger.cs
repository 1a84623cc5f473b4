using System.Text.Json.Serialization;

namespace Slipway.Api.Kinds;

/// <summary>
/// An object in a bucket of an S3-compatible storage. It counts when its name, size, time and etag are the same at two looks.
/// </summary>
public sealed class BucketTrigger
{
    /// <summary>URL of the storage, such as https://s3.example.com. Addresses that lead into the cluster's own machine (loopback, link-local) are refused.</summary>
    [JsonPropertyName("endpoint"), Field(Required = true, MinLength = 1)]
    public string Endpoint { get; set; } = "";

    /// <summary>The bucket.</summary>
    [JsonPropertyName("bucket"), Field(Required = true, Pattern = S3StoreSpec.BucketPattern)]
    public string Bucket { get; set; } = "";

    /// <summary>What keys must begin with, such as sales/2026/; all if not given. Every look lists all keys that begin so.</summary>
    [JsonPropertyName("prefix"), Field(MaxLength = 1024)]
    public string? Prefix { get; set; }

    /// <summary>
    /// Which names count, a name being what follows the last / of a key: * is any text, ? any character. All if not given, but for those that begin with a dot.
    /// </summary>
    [JsonPropertyName("pattern"), Field(MinLength = 1)]
    public string? Pattern { get; set; }

    /// <summary>How long it is between two looks, such as 5m; 1m if not given, from 1s to 24h.</summary>
    [JsonPropertyName("interval")]
    public string? Interval { get; set; }

    /// <summary>Region that requests are signed for; us-east-1 if not given.</summary>
    [JsonPropertyName("region"), Field(MinLength = 1)]
    public string? Region { get; set; }

    /// <summary>
    /// Whether the bucket is named in the path of URLs, as most storages other than Amazon's want it (true, if not given), or in the host name.
    /// </summary>
    [JsonPropertyName("pathStyle")]
    public bool? PathStyle { get; set; }

    /// <summary>
    /// Name of a Secret of the namespace with the keys accessKey and secretKey, and ca.crt if the storage's certificate is signed by an authority of its own
    /// (PEM). The credentials must be allowed to list the bucket.
    /// </summary>
    [JsonPropertyName("secretName"), Field(Required = true, MinLength = 1)]
    public string SecretName { get; set; } = "";

    /// <summary>How long it is between two looks.</summary>
    [JsonIgnore]
    public TimeSpan Every => LookInterval.TryParse(Interval, out var every) ? every : TimeSpan.FromMinutes(1);
}
