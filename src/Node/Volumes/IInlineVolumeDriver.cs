namespace Slipway.Node.Volumes;

/// <summary>Serves the inline <c>csi</c> volumes of one driver name from inside the node.</summary>
public interface IInlineVolumeDriver
{
    /// <summary>The driver's name, such as <c>task.slipway.dev</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Fills the target directory, which exists, before the pod's containers start. Called again for the same target after
    /// a restart of the node while the pod still runs: it must then leave alone what is in use.
    /// </summary>
    ValueTask PublishAsync(InlineVolume volume, CancellationToken cancellation);

    /// <summary>Undoes <see cref="PublishAsync"/>, after the pod's containers have ended. May be called more than once.</summary>
    ValueTask UnpublishAsync(string podUid, string target, CancellationToken cancellation);
}

/// <summary>An inline volume of a pod.</summary>
/// <param name="PodUid">The pod's uid.</param>
/// <param name="PodNamespace">The pod's namespace.</param>
/// <param name="PodName">The pod's name.</param>
/// <param name="Attributes">The volume's <c>volumeAttributes</c>.</param>
/// <param name="Target">Absolute path of the directory that becomes the volume.</param>
public sealed record InlineVolume(string PodUid, string PodNamespace, string PodName, IReadOnlyDictionary<string, string> Attributes, string Target);
