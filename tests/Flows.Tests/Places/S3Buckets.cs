using Amazon.Runtime;
using Amazon.S3;
using Slipway.Testing.Swift;

namespace Slipway.Flows.Tests.Places;

/// <summary>What whoever owns a storage does there.</summary>
internal static class S3Buckets
{
    /// <summary>A client of Amazon's.</summary>
    public static AmazonS3Client Client(SwiftServer server) => new(new BasicAWSCredentials(SwiftServer.AccessKey, SwiftServer.SecretKey), new AmazonS3Config
    {
        ServiceURL = server.Endpoint.ToString(),
        AuthenticationRegion = "us-east-1",
        ForcePathStyle = true,
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
    });

    /// <summary>Makes a bucket.</summary>
    public static async Task CreateAsync(SwiftServer server, string name, CancellationToken cancellation)
    {
        using var client = Client(server);
        await client.PutBucketAsync(name, cancellation);
    }
}
