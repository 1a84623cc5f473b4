using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;
using Amazon.S3;

namespace Slipway.Flows;

/// <summary>How an S3 storage is spoken to, and what its failures mean.</summary>
internal static class S3Transport
{
    /// <summary>The code of an answer that there is no such bucket.</summary>
    public const string NoSuchBucket = "NoSuchBucket";

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>After what time a connection is closed that nobody uses: a place that is not used any more holds nothing.</summary>
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    public static AmazonS3Config Configure(S3Options options, Func<SocketsHttpHandler>? transport = null) => new()
    {
        ServiceURL = options.Endpoint.ToString(),
        AuthenticationRegion = options.Region,
        ForcePathStyle = options.UsesPathStyle,
        MaxErrorRetry = 1, // callers try again with a back-off of their own
        Timeout = Timeout.InfiniteTimeSpan, // large files take long; callers cancel
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED, // the hash of the whole is checked
        HttpClientFactory = new Transport(options.CertificateAuthority, transport ?? (() => new SocketsHttpHandler())),
    };

    /// <summary>What a failure means for whoever declared the storage.</summary>
    public static ArtifactPlaceException Fault(string place, Exception e)
    {
        var answer = e as AmazonServiceException;
        var code = answer?.ErrorCode ?? "";
        return answer?.StatusCode switch
        {
            HttpStatusCode.NotFound when code == NoSuchBucket => Of(ArtifactPlaceFault.NoBucket, "the storage has no such bucket; make it, or correct the name"),
            HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => Of(ArtifactPlaceFault.WrongCredentials, $"the credentials are refused ({code}); correct the Secret, or allow them to list, read, write and delete there"),
            { } status and not 0 => Of(ArtifactPlaceFault.Failing, $"the storage answers {(int)status} {code}: {e.Message.ReplaceLineEndings(" ")}"),
            _ => Of(ArtifactPlaceFault.Unreachable, $"the storage is not reached: {Innermost(e).Message.ReplaceLineEndings(" ")}"),
        };

        ArtifactPlaceException Of(ArtifactPlaceFault fault, string what) => new(fault, $"{place}: {what}", e);
    }

    private static Exception Innermost(Exception e) => e is not TimeoutException && e.InnerException is { } inner ? Innermost(inner) : e;

    private sealed class Transport(string? authority, Func<SocketsHttpHandler> create) : HttpClientFactory
    {
        private readonly X509ChainPolicy? trusted = authority is null ? null : TrustedAuthority.Of(authority, "the authority of the storage's certificate");

        public override HttpClient CreateHttpClient(IClientConfig clientConfig)
        {
            var handler = create();
            (handler.ConnectTimeout, handler.PooledConnectionIdleTimeout, handler.UseCookies, handler.AllowAutoRedirect) = (ConnectTimeout, IdleTimeout, false, false);
            if (trusted is not null)
                handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trusted };
            return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        }

        // One for each place, which disposes it with itself.
        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        public override string? GetConfigUniqueString(IClientConfig clientConfig) => null;
    }
}
