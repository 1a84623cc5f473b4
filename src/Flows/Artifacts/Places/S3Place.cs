using System.Net;
using System.Runtime.CompilerServices;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Slipway.Flows;

/// <summary>
/// Artifacts in a bucket of an S3-compatible storage, under <c>PREFIX/ab/abcd…</c>. What a put of S3 has answered is durable, and a put appears whole or not at
/// all (<see href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel"/>).
/// </summary>
/// <remarks>Contents are signed as a whole and not by chunks, nor with trailing checksums: storages other than Amazon's do not all know these.</remarks>
public sealed class S3Place : IArtifactPlace, IBucket
{
    private const long MostParts = 10_000;
    private const long LeastBytesPerSecond = 256 << 10;

    /// <summary>How long an answer, or more of one, may take.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly S3Options options;
    private readonly AmazonS3Client client;

    /// <summary>A place in a bucket of another machine (<see cref="OutboundTransport"/>).</summary>
    /// <exception cref="InvalidDataException">The certificate of the authority cannot be read.</exception>
    public static S3Place Reach(S3Options options) => new S3Place(options, OutboundTransport.Create);

    /// <summary>A place in a bucket. Nothing is sent yet.</summary>
    /// <param name="options">The bucket.</param>
    /// <param name="transport">Makes what carries requests; without it all addresses are reached.</param>
    /// <exception cref="InvalidDataException">The certificate of the authority cannot be read.</exception>
    public S3Place(S3Options options, Func<SocketsHttpHandler>? transport = null)
    {
        this.options = options;
        client = new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), S3Transport.Configure(options, transport));
    }

    /// <inheritdoc/>
    public async Task PutAsync(string sha256, string file, CancellationToken cancellation)
    {
        if (new FileInfo(file).Length is var size && size > options.PartSize)
            await PutPartsAsync(sha256, file, size, cancellation);
        else
            await Told(limited => client.PutObjectAsync(new PutObjectRequest { BucketName = options.Bucket, Key = KeyOf(sha256), FilePath = file, ContentType = "application/octet-stream", UseChunkEncoding = false }, limited), size, cancellation);
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string sha256, CancellationToken cancellation) => IfThere<Stream>(async limited =>
    {
        var response = await client.GetObjectAsync(options.Bucket, KeyOf(sha256), limited);
        return new S3Content(new CheckedContent(response.ResponseStream, sha256), response, ToString());
    }, cancellation);

    /// <inheritdoc/>
    public async Task<bool> HasAsync(string sha256, CancellationToken cancellation) =>
        await IfThere(limited => client.GetObjectMetadataAsync(options.Bucket, KeyOf(sha256), limited), cancellation) is not null;

    /// <inheritdoc/>
    public Task RemoveAsync(string sha256, CancellationToken cancellation) => IfThere(limited => client.DeleteObjectAsync(options.Bucket, KeyOf(sha256), limited), cancellation);

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellation) =>
        Told(limited => client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix, MaxKeys = 1 }, limited), 0, cancellation);

    /// <inheritdoc/>
    public async IAsyncEnumerable<FileState> ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        string? next = null;
        do
        {
            var request = new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix, ContinuationToken = next, MaxKeys = options.PageSize };
            var page = await Told(limited => client.ListObjectsV2Async(request, limited), 0, cancellation);
            foreach (var one in page.S3Objects ?? [])
            {
                var modified = new DateTimeOffset((one.LastModified ?? DateTime.UnixEpoch).ToUniversalTime());
                yield return new FileState(one.Key, one.Size ?? 0, modified, modified, one.ETag?.Trim('"') ?? "");
            }

            next = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    /// <summary>Names the bucket, without secrets.</summary>
    public override string ToString() => options.ToString();

    private async Task PutPartsAsync(string sha256, string file, long size, CancellationToken cancellation)
    {
        var part = Math.Max(options.PartSize, (size + MostParts - 1) / MostParts);
        var key = KeyOf(sha256);
        var begin = new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = key, ContentType = "application/octet-stream" };
        var upload = (await Told(limited => client.InitiateMultipartUploadAsync(begin, limited), 0, cancellation)).UploadId;
        try
        {
            var parts = new List<PartETag>();
            for (var start = 0L; start < size; start += part)
            {
                var request = new UploadPartRequest
                {
                    BucketName = options.Bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = parts.Count + 1,
                    FilePath = file,
                    FilePosition = start,
                    PartSize = Math.Min(part, size - start),
                    UseChunkEncoding = false,
                };
                parts.Add(new PartETag(request.PartNumber ?? 0, (await Told(limited => client.UploadPartAsync(request, limited), part, cancellation)).ETag));
            }

            var end = new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = upload, PartETags = parts };
            await Told(limited => client.CompleteMultipartUploadAsync(end, limited), size, cancellation); // some storages join the parts now
        }
        catch
        {
            await AbortAsync(key, upload);
            throw;
        }
    }

    /// <summary>Frees the parts of an upload that failed; where that fails, too, the bucket's own rule for unfinished uploads has to.</summary>
    private async Task AbortAsync(string key, string upload)
    {
        try
        {
            await Told(limited => client.AbortMultipartUploadAsync(options.Bucket, key, upload, limited), 0, CancellationToken.None);
        }
        catch (ArtifactPlaceException)
        {
            // Whatever ended the upload is what is told.
        }
    }

    private string KeyOf(string sha256) => $"{options.Prefix}{sha256[..2]}/{sha256}";

    /// <summary>
    /// The answer; null where the object is not there. Whether it is the bucket that is missing not every answer says (those to HEAD have no content): so the
    /// bucket is asked for, which fails if it is not there.
    /// </summary>
    private async Task<T?> IfThere<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
        where T : class
    {
        var found = await Told(async limited =>
        {
            try
            {
                return await call(limited);
            }
            catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != S3Transport.NoSuchBucket)
            {
                return (T?)null;
            }
        }, 0, cancellation);
        if (found is null)
            await CheckAsync(cancellation);
        return found;
    }

    /// <summary>The answer to a request that carries some bytes; one that takes too long counts as not answered.</summary>
    private async Task<T> Told<T>(Func<CancellationToken, Task<T>> call, long bytes, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience + TimeSpan.FromSeconds(bytes / LeastBytesPerSecond), TimeProvider.System); // the network's time, whatever clock the cluster lives by
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw S3Transport.Fault(ToString(), new TimeoutException("it does not answer in time", e));
        }
        catch (Exception e) when (IsOfPlace(e))
        {
            throw S3Transport.Fault(ToString(), e);
        }
    }

    // A connection that is not made, or breaks, may be told by any IOException; that the file is gone which is to be sent is none of the place's.
    private static bool IsOfPlace(Exception e) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException or WebException or IOException and not (FileNotFoundException or DirectoryNotFoundException);
}
