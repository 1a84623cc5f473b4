using System.Globalization;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Files of a directory of the node.</summary>
/// <remarks>
/// Looking needs no feature of the file system: notifications of the kernel tell nothing of what other machines write to a shared one, nor of what happened while nobody listened.
/// </remarks>
/// <param name="api">The API, as the controllers of flows.</param>
/// <param name="reads">Reads a directory.</param>
/// <param name="ns">Namespace of the flow.</param>
/// <param name="trigger">What is waited for.</param>
internal sealed class DirectoryArrivals(IApi api, DirectoryReads reads, string ns, FilesTrigger trigger) : IArrivals
{
    private const string Enforce = "pod-security.kubernetes.io/enforce", Privileged = "privileged";

    private static readonly Resource<PartialObjectMetadata> Namespaces = PartialObjectMetadata.ResourceOf("", "v1", "namespaces", "Namespace", namespaced: false);

    /// <inheritdoc/>
    public TimeSpan Every => trigger.Every;

    /// <inheritdoc/>
    public TimeSpan Late => TimeSpan.FromMinutes(1); // file systems of other machines show things late

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<FileState>> LookAsync(DateTime since, Action<string> late, CancellationToken cancellation)
    {
        // A read can last for days where a file system does not answer.
        await CheckAllowedAsync(cancellation);
        var files = await reads.ReadAsync(trigger.Directory, late, cancellation);
        await CheckAllowedAsync(cancellation);
        return [.. files.Where(f => FileLook.Counts(trigger.Pattern, f.Name, f.Changed, since))];
    }

    /// <summary>Who may not give a directory of the node to pods is not to learn of what is in it, either.</summary>
    /// <exception cref="IOException">The namespace allows its pods none.</exception>
    private async ValueTask CheckAllowedAsync(CancellationToken cancellation)
    {
        if (await api.GetAsync(Namespaces, null, ns, cancellation) is { Metadata.Labels: { } labels } && labels.TryGetValue(Enforce, out var level) && level != Privileged)
            throw new IOException($"namespace {ns} allows its pods no directories of the node ({Enforce} is {level}), so that its flows cannot look into one");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is kept from look to look.
    }

    /// <summary>The same name, size and time is the same file: one that is written anew is another.</summary>
    public TriggerEvent ToEvent(FileState file)
    {
        var path = Path.Combine(trigger.Directory, file.Name);
        return new TriggerEvent(
            string.Create(CultureInfo.InvariantCulture, $"{path}/{file.Size}/{file.Modified.UtcTicks}"),
            string.Create(CultureInfo.InvariantCulture, $"file {PodTrouble.OneLine(path)} of {file.Size} bytes is there"),
            new CelMap(
            [
                KeyValuePair.Create("name", (CelValue)new CelString(file.Name)),
                KeyValuePair.Create("path", (CelValue)new CelString(path)),
                KeyValuePair.Create("size", (CelValue)new CelInt(file.Size)),
                KeyValuePair.Create("modified", (CelValue)CelTimestamp.Of(file.Modified)),
            ]));
    }
}
