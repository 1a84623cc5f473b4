using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Slipway.Flows;

/// <summary>
/// What the node's inline volume driver <c>task.slipway.dev</c> publishes into flow pods: slipway-task with a socket of the
/// artifact endpoint, and the files that a task reads, as links to the artifact store. Pods mount both read-only.
/// </summary>
/// <remarks>
/// Endpoints outlive the process as files under <c>volumes/</c>: after a restart they listen again where running pods expect
/// them.
/// </remarks>
/// <param name="directory">Directory for the driver's own files, on the file system of the pods' volumes so that links work.</param>
/// <param name="wrapper">Path of the slipway-task executable.</param>
/// <param name="store">Where outputs go and inputs come from.</param>
/// <param name="logs">Where endpoints report.</param>
public sealed class TaskVolume(string directory, string wrapper, ArtifactStore store, ILoggerFactory logs) : IAsyncDisposable
{
    /// <summary>Attribute that says what a volume holds.</summary>
    public const string ContentAttribute = "content";

    /// <summary>slipway-task and the socket of the artifact endpoint.</summary>
    public const string RuntimeContent = "runtime";

    /// <summary>The files that a task reads.</summary>
    public const string InputContent = "inputs";

    /// <summary>Attribute with the hash of the manifest of the inputs.</summary>
    public const string ManifestAttribute = "manifest";

    private const string SocketName = "task.sock";

    private readonly string records = Path.Combine(directory, "volumes");
    private readonly string executable = Path.Combine(directory, "slipway-task");
    private readonly ConcurrentDictionary<string, TaskEndpoint> endpoints = new();
    private readonly ILogger log = logs.CreateLogger<TaskVolume>();

    /// <summary>Prepares the store and the executable, and listens again for the pods of an earlier process.</summary>
    /// <exception cref="FileNotFoundException">There is no slipway-task to give to pods.</exception>
    public void Start()
    {
        store.Prepare();
        Directory.CreateDirectory(records);
        InstallExecutable();
        foreach (var record in Directory.EnumerateFiles(records))
        {
            var target = File.ReadAllText(record);
            if (Directory.Exists(target))
                Listen(Path.GetFileName(record), target);
            else
                File.Delete(record);
        }
    }

    /// <summary>Fills a pod's volume. Doing it again gives the same.</summary>
    /// <param name="podUid">Uid of the pod.</param>
    /// <param name="attributes">The volume's attributes, as <see cref="FlowPlan"/> wrote them.</param>
    /// <param name="target">Directory of the volume, which is made if it is not there.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArgumentException">The attributes are not those of a flow pod.</exception>
    /// <exception cref="IOException">A file is missing or the disk is full.</exception>
    public async ValueTask PublishAsync(string podUid, IReadOnlyDictionary<string, string> attributes, string target, CancellationToken cancellation)
    {
        switch (attributes.GetValueOrDefault(ContentAttribute))
        {
            case RuntimeContent:
                Directory.CreateDirectory(target, InputTree.Readable);
                HardLink.Create(executable, Path.Combine(target, "slipway-task"));
                await File.WriteAllTextAsync(Path.Combine(records, podUid), target, cancellation);
                Listen(podUid, target);
                break;
            case InputContent:
                await PublishInputsAsync(attributes.GetValueOrDefault(ManifestAttribute) ?? "", target, cancellation);
                break;
            case var other:
                throw new ArgumentException($"volumeAttributes.{ContentAttribute}: {other ?? "(none)"} must be {RuntimeContent} or {InputContent}");
        }
    }

    /// <summary>Closes the pod's endpoint; the directory is removed by whoever made it. Doing it again does nothing.</summary>
    public async ValueTask UnpublishAsync(string podUid, string target)
    {
        if (endpoints.TryGetValue(podUid, out var endpoint) && endpoint.Directory == target && endpoints.TryRemove(podUid, out _))
            await endpoint.DisposeAsync();
        var record = Path.Combine(records, podUid);
        if (File.Exists(record) && await File.ReadAllTextAsync(record) == target)
            File.Delete(record);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var endpoint in endpoints.Values)
            await endpoint.DisposeAsync();
        endpoints.Clear();
    }

    private void Listen(string podUid, string target)
    {
        if (endpoints.ContainsKey(podUid))
            return;
        try
        {
            var endpoint = TaskEndpoint.Listen(target, SocketName, podUid, store, logs.CreateLogger<TaskEndpoint>());
            if (!endpoints.TryAdd(podUid, endpoint))
                throw new InvalidOperationException($"pod {podUid} is published twice at the same time");
        }
        catch (System.Net.Sockets.SocketException e)
        {
            log.LogError("The artifact endpoint of pod {Pod} cannot listen: {Reason}", podUid, e.Message);
            throw new IOException($"the artifact endpoint in {target} cannot listen: {e.Message}", e);
        }
    }

    private async ValueTask PublishInputsAsync(string sha256, string target, CancellationToken cancellation)
    {
        var content = await store.ReadAsync(sha256, cancellation)
            ?? throw new FileNotFoundException($"the list of inputs {sha256} is not in the artifact store");
        await InputTree.LayAsync(InputManifest.Parse(content), target, new StoredInputs(store), cancellation);
    }

    /// <summary>
    /// A copy of its own, because pods link to it: an upgrade that replaces the original, perhaps on another file system, leaves
    /// running pods alone.
    /// </summary>
    private void InstallExecutable()
    {
        if (!File.Exists(wrapper))
            throw new FileNotFoundException($"there is no slipway-task at {wrapper}; install it beside the slipway executable");
        var fresh = executable + ".new";
        File.Copy(wrapper, fresh, overwrite: true);
        File.SetUnixFileMode(fresh, InputTree.Readable);
        File.Move(fresh, executable, overwrite: true);
    }
}
