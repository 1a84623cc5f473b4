using Amazon.S3.Model;
using Slipway.Api;

namespace Slipway.Flows;

/// <summary>The content of an object while it comes; the connection is given back with it.</summary>
/// <param name="content">The content, compared with its hash.</param>
/// <param name="response">What it comes in.</param>
/// <param name="place">Where from, for messages.</param>
internal sealed class S3Content(Stream content, GetObjectResponse response, string place) : ReadOnlyStream
{
    public override long Length => response.ContentLength;

    /// <summary>Reads on.</summary>
    /// <exception cref="ArtifactPlaceException">The connection is lost, or nothing more comes.</exception>
    /// <exception cref="IOException">The content is not what was stored.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var reading = content.ReadAsync(buffer, cancellationToken);
            return reading.IsCompletedSuccessfully ? reading.Result : await reading.AsTask().WaitAsync(S3Place.Patience, TimeProvider.System, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or HttpIOException or HttpRequestException or Amazon.Runtime.AmazonClientException || e.InnerException is System.Net.Sockets.SocketException)
        {
            throw S3Transport.Fault(place, e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => content.Read(buffer, offset, count);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            response.Dispose();
        }

        base.Dispose(disposing);
    }
}
