using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Slipway.Flows;

/// <summary>
/// Artifacts in a bucket of an S3-compatible storage, under <c>PREFIX/ab/abcd…</c>. What a put of S3 has answered is durable, and a put appears whole or not at
/// all (<see href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel"/>).
/// </summary>
/// <remarks>Contents are signed as a whole and not by chunks, nor with trailing checksums: storages other than Amazon's do not all know these.</remarks>
public sealed class S3Place : IArtifactPlace
{
    private const long MostParts = 10_000;

    private readonly S3Options options;
    private readonly AmazonS3Client client;

    /// <summary>A place in a bucket. Nothing is sent yet.</summary>
    /// <exception cref="InvalidDataException">The certificate of the authority cannot be read.</exception>
    public S3Place(S3Options options)
    {
        this.options = options;
        client = new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), S3Transport.Configure(options));
    }

    /// <inheritdoc/>
    public Task PutAsync(string sha256, string file, CancellationToken cancellation) => Told(async () =>
    {
        if (new FileInfo(file).Length is var size && size > options.PartSize)
            await PutPartsAsync(sha256, file, size, cancellation);
        else
            await client.PutObjectAsync(new PutObjectRequest { BucketName = options.Bucket, Key = KeyOf(sha256), FilePath = file, ContentType = "application/octet-stream", UseChunkEncoding = false }, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public Task<Stream?> OpenAsync(string sha256, CancellationToken cancellation) => IfThere<Stream>(async () =>
    {
        var response = await client.GetObjectAsync(options.Bucket, KeyOf(sha256), cancellation);
        return new S3Content(new CheckedContent(response.ResponseStream, sha256), response, ToString());
    });

    /// <inheritdoc/>
    public async Task<bool> HasAsync(string sha256, CancellationToken cancellation) =>
        await IfThere(() => client.GetObjectMetadataAsync(options.Bucket, KeyOf(sha256), cancellation)) is not null;

    /// <inheritdoc/>
    public Task RemoveAsync(string sha256, CancellationToken cancellation) => IfThere(() => client.DeleteObjectAsync(options.Bucket, KeyOf(sha256), cancellation));

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellation) =>
        Told(() => client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = options.Bucket, Prefix = options.Prefix, MaxKeys = 1 }, cancellation));

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    /// <summary>Names the bucket, without secrets.</summary>
    public override string ToString() => options.ToString();

    private async Task PutPartsAsync(string sha256, string file, long size, CancellationToken cancellation)
    {
        var part = Math.Max(options.PartSize, (size + MostParts - 1) / MostParts);
        var key = KeyOf(sha256);
        var upload = (await client.InitiateMultipartUploadAsync(new InitiateMultipartUploadRequest { BucketName = options.Bucket, Key = key, ContentType = "application/octet-stream" }, cancellation)).UploadId;
        try
        {
            var parts = new List<PartETag>();
            for (var start = 0L; start < size; start += part)
            {
                var sent = await client.UploadPartAsync(new UploadPartRequest
                {
                    BucketName = options.Bucket,
                    Key = key,
                    UploadId = upload,
                    PartNumber = parts.Count + 1,
                    FilePath = file,
                    FilePosition = start,
                    PartSize = Math.Min(part, size - start),
                    UseChunkEncoding = false,
                }, cancellation);
                parts.Add(new PartETag(parts.Count + 1, sent.ETag));
            }

            await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = key, UploadId = upload, PartETags = parts }, cancellation);
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
            await client.AbortMultipartUploadAsync(options.Bucket, key, upload, CancellationToken.None);
        }
        catch (Exception e) when (IsOfPlace(e))
        {
            // Whatever ended the upload is what is told.
        }
    }

    private string KeyOf(string sha256) => $"{options.Prefix}{sha256[..2]}/{sha256}";

    /// <summary>The answer; null where the object is not there, which a bucket that is not there does not count as.</summary>
    private Task<T?> IfThere<T>(Func<Task<T>> call)
        where T : class => Told(async () =>
    {
        try
        {
            return await call();
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode != "NoSuchBucket")
        {
            return (T?)null;
        }
    });

    private async Task<T> Told<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (IsOfPlace(e))
        {
            throw S3Transport.Fault(ToString(), e);
        }
    }

    // A request that took too long ends as cancelled, though nobody has cancelled it: by what is inside.
    private static bool IsOfPlace(Exception e) => e is AmazonServiceException or AmazonClientException or HttpRequestException or WebException || e is OperationCanceledException { InnerException: TimeoutException };
}
