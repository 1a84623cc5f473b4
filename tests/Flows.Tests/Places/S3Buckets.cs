using Amazon.Runtime;
using Amazon.S3;

namespace Slipway.Flows.Tests.Places;

/// <summary>What whoever owns a storage does there.</summary>
internal static class S3Buckets
{
    /// <summary>A client of Amazon's.</summary>
    public static AmazonS3Client Client(S3Options options) => new(new BasicAWSCredentials(options.AccessKey, options.SecretKey), S3Transport.Configure(options));

    /// <summary>Makes the bucket.</summary>
    public static async Task CreateAsync(S3Options options, CancellationToken cancellation)
    {
        using var client = Client(options);
        await client.PutBucketAsync(options.Bucket, cancellation);
    }
}
