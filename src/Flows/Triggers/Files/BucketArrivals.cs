using System.Globalization;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Objects of a bucket.</summary>
/// <param name="api">Reads the Secret with the credentials.</param>
/// <param name="reach">Reaches a bucket.</param>
/// <param name="ns">Namespace of the flow.</param>
/// <param name="trigger">What is waited for.</param>
internal sealed class BucketArrivals(IApi api, Func<S3Options, IBucket> reach, string ns, BucketTrigger trigger) : IArrivals
{
    private S3Options? reached;
    private IBucket? bucket;

    /// <inheritdoc/>
    public TimeSpan Every => trigger.Every;

    /// <inheritdoc/>
    /// <remarks>An object that was sent in parts has the time at which that was begun (<see href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html"/>).</remarks>
    public TimeSpan Late => TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FileState>> LookAsync(DateTime since, Action<string> late, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(trigger.Endpoint, UriKind.Absolute, out var endpoint))
            throw new IOException($"bucket.endpoint {trigger.Endpoint} is no URL");
        var secret = await S3Secret.ReadAsync(api, ns, trigger.SecretName, $"bucket {trigger.Bucket}", cancellation);
        var options = secret.Open(endpoint, trigger.Bucket, trigger.Prefix ?? "", trigger.Region, trigger.PathStyle);

        // Storages tell whole seconds.
        since = since.AddTicks(-(since.Ticks % TimeSpan.TicksPerSecond));
        var objects = new List<FileState>();
        await foreach (var one in BucketOf(options).ListAsync(cancellation))
        {
            if (FileLook.Counts(trigger.Pattern, NameOf(one.Name), one.Changed, since))
                objects.Add(one);
        }

        return objects;
    }

    /// <summary>The same key, size, time and etag is the same object: one that is put anew is another.</summary>
    public TriggerEvent ToEvent(FileState file) => new(
        string.Create(CultureInfo.InvariantCulture, $"{trigger.Endpoint} {trigger.Bucket} {file.Name} {file.Size} {file.Modified.UtcTicks} {file.Etag}"),
        string.Create(CultureInfo.InvariantCulture, $"object {PodTrouble.OneLine(file.Name)} of {file.Size} bytes is in bucket {trigger.Bucket}"),
        new CelMap(
        [
            KeyValuePair.Create("bucket", (CelValue)new CelString(trigger.Bucket)),
            KeyValuePair.Create("key", (CelValue)new CelString(file.Name)),
            KeyValuePair.Create("name", (CelValue)new CelString(NameOf(file.Name))),
            KeyValuePair.Create("size", (CelValue)new CelInt(file.Size)),
            KeyValuePair.Create("modified", (CelValue)CelTimestamp.Of(file.Modified)),
            KeyValuePair.Create("etag", (CelValue)new CelString(file.Etag)),
        ]));

    /// <inheritdoc/>
    public void Dispose() => bucket?.Dispose();

    /// <summary>The same one from look to look, until the Secret says something else.</summary>
    private IBucket BucketOf(S3Options options)
    {
        if (bucket is not null && options == reached)
            return bucket;
        bucket?.Dispose();
        bucket = null;
        (bucket, reached) = (reach(options), options);
        return bucket;
    }

    // What ends with / stands for a directory, and has no name.
    private static string NameOf(string key) => key[(key.LastIndexOf('/') + 1)..];
}
