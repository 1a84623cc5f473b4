using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Flows;

/// <summary>Names that flow pods carry.</summary>
public static class FlowNames
{
    /// <summary>Name of the run.</summary>
    public const string RunLabel = "slipway.dev/run";

    /// <summary>Name of the flow.</summary>
    public const string FlowLabel = "slipway.dev/flow";

    /// <summary>Name of the task.</summary>
    public const string TaskLabel = "slipway.dev/task";

    /// <summary>Index of the item in forEach; absent on tasks without.</summary>
    public const string IndexLabel = "slipway.dev/index";

    /// <summary>Number of the attempt, from 1.</summary>
    public const string AttemptLabel = "slipway.dev/attempt";

    /// <summary>Image as the flow names it, when the pod runs its digest.</summary>
    public const string ImageAnnotation = "slipway.dev/image";

    /// <summary>Held until the attempt is in the ledger.</summary>
    public const string RecordedFinalizer = "slipway.dev/recorded";

    /// <summary>Driver of the inline volume that brings slipway-task, its socket and the inputs.</summary>
    public const string VolumeDriver = "task.slipway.dev";

    /// <summary>The container of a flow pod.</summary>
    public const string Container = "task";

    /// <summary>What starts the command in a flow pod.</summary>
    public const string Wrapper = "/slipway/slipway-task";

    /// <summary>
    /// Name of the pod of an attempt. It derives from the run, so that whoever plans from an old view collides with the pod
    /// that is there instead of starting a second one; the hash keeps names of different runs and tasks apart that would
    /// read the same, or that are cut.
    /// </summary>
    public static string Pod(string runName, string runUid, string task, int? index, int attempt)
    {
        var item = index is { } i ? string.Create(CultureInfo.InvariantCulture, $"-{i}") : "";
        var identity = string.Create(CultureInfo.InvariantCulture, $"{runUid}/{task}/{index}/{attempt}");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..6];
        var tail = string.Create(CultureInfo.InvariantCulture, $"-{task}{item}-{attempt}-{hash}");
        var head = runName.Length + tail.Length <= 63 ? runName : runName[..Math.Max(1, 63 - tail.Length)].TrimEnd('-', '.');
        return head + tail;
    }

    /// <summary>A task or one of its items in messages: <c>clean</c> or <c>clean[3]</c>.</summary>
    public static string Item(string task, int? index) => index is { } i ? string.Create(CultureInfo.InvariantCulture, $"{task}[{i}]") : task;
}
