using System.Text.Json.Nodes;
using System.Threading.Channels;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>
/// Reports what happened to objects as core/v1 Events. The same report again raises the count of the event that
/// is there, as does one of many that are alike. Reporting never waits: <see cref="RunAsync"/> writes, some at a time and those about one object in their order,
/// and when it cannot keep up the oldest are lost.
/// </summary>
/// <param name="api">The API.</param>
/// <param name="component">Who reports, such as <c>kubelet</c>.</param>
/// <param name="host">Node on which it happened, if it did on one.</param>
/// <param name="clock">The clock of the timestamps.</param>
/// <param name="log">Where failures to report are told.</param>
/// <param name="isBounded">
/// Whether of one object no more than some events are written at once, as with client-go's <c>tools/record</c>. With <c>tools/events</c>,
/// by which upstream's scheduler reports, there is no such bound: what an object comes to in the end is told however much was told before.
/// </param>
public sealed class EventRecorder(IApi api, string component, string? host, TimeProvider clock, ILogger log, bool isBounded = true)
{
    // As upstream: the last 4,096 different reports can be counted.
    private const int Remembered = 4096;

    /// <summary>Writes under way at the same time: what waits for the disk together is committed together.</summary>
    private const int AtOnce = 8;

    /// <summary>Reports that wait to be written, and as many again for the writes before them about the same object.</summary>
    private const int Waiting = 1000;

    private readonly Channel<EventReport> _reports = Channel.CreateBounded<EventReport>(new BoundedChannelOptions(Waiting)
    {
        FullMode = BoundedChannelFullMode.DropOldest,
        SingleReader = true,
    });
    private readonly Recent<EventReport, (string Name, int Count)?> _written = new(Remembered);
    private readonly EventBounds _bounds = new();
    private readonly Lock _gate = new();

    /// <summary>Reports something expected.</summary>
    public void Normal(IKubernetesObject<V1ObjectMeta> about, string reason, string message) => Record(about, "Normal", reason, message);

    /// <summary>Reports something that wants attention.</summary>
    public void Warning(IKubernetesObject<V1ObjectMeta> about, string reason, string message) => Record(about, "Warning", reason, message);

    /// <summary>Reports about an object.</summary>
    /// <param name="about">The object, with kind and uid.</param>
    /// <param name="type"><c>Normal</c> or <c>Warning</c>.</param>
    /// <param name="reason">One word in upper camel case.</param>
    /// <param name="message">A sentence.</param>
    /// <param name="fieldPath">Part of the object, such as <c>spec.containers{web}</c>.</param>
    public void Record(IKubernetesObject<V1ObjectMeta> about, string type, string reason, string message, string? fieldPath = null) =>
        _reports.Writer.TryWrite(new(new(about.ApiVersion, about.Kind, about.Metadata.NamespaceProperty, about.Metadata.Name, about.Metadata.Uid), fieldPath, type, reason, message));

    /// <summary>Writes what is reported until cancelled, or until a defect ends it.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var taken = new SemaphoreSlim(Waiting);
        using var room = new SemaphoreSlim(AtOnce);
        var writing = new Dictionary<EventSubject, Task>(); // the last write about each object
        var crowded = 2 * AtOnce;
        try
        {
            await foreach (var report in _reports.Reader.ReadAllAsync(stop.Token))
            {
                await taken.WaitAsync(stop.Token);
                if (writing.Count >= crowded)
                {
                    foreach (var (about, _) in writing.Where(write => write.Value.IsCompletedSuccessfully).ToList())
                        writing.Remove(about);
                    crowded = 2 * Math.Max(AtOnce, writing.Count);
                }
                writing[report.About] = WriteAfterAsync(writing.GetValueOrDefault(report.About, Task.CompletedTask), report, taken, room, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Events that are still queued are lost, as with any crash.
        }
        await Task.WhenAll(writing.Values);
    }

    // A write waits for the one before it outside the room, so that many about one object hold up no others.
    private async Task WriteAfterAsync(Task before, EventReport report, SemaphoreSlim taken, SemaphoreSlim room, CancellationTokenSource stop)
    {
        await before; // what it throws is a defect, which has stopped everything
        try
        {
            await room.WaitAsync(stop.Token);
            try
            {
                await WriteAsync(report, stop.Token);
            }
            finally
            {
                room.Release();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Likewise lost.
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            // A lost event is no reason to hold up the others; a namespace that is going away refuses them.
            log.LogDebug("An event about {Kind} {Name} was not written: {Reason}", report.About.Kind, report.About.Name, e.Message);
        }
        catch (Exception)
        {
            // A defect is to be heard of at once, and not when somebody awaits this.
            await stop.CancelAsync();
            throw;
        }
        finally
        {
            taken.Release();
        }
    }

    private async ValueTask WriteAsync(EventReport report, CancellationToken cancellation)
    {
        var time = clock.GetUtcNow();
        var now = time.UtcDateTime;
        var ns = report.About.Namespace is { Length: > 0 } own ? own : "default";
        EventReport counted;
        (string Name, int Count)? known;
        lock (_gate)
        {
            counted = _bounds.Group(report, time);
            known = _written.Find(counted);
            if (known is { } before)
                _written.Set(counted, known = (before.Name, before.Count + 1));
            if (isBounded && !_bounds.Allow(report.About, time))
                return;
        }
        var message = counted == report ? report.Message : EventBounds.Combined + report.Message;
        if (known is (var name, var count))
        {
            var patch = new JsonObject { ["count"] = count, ["lastTimestamp"] = now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") };
            if (counted != report)
                patch["message"] = Cut(message);
            try
            {
                await api.SendPatchAsync(ClientKinds.Events, ns, name, patch, cancellation: cancellation);
                return;
            }
            catch (ApiException e) when (e.Code == 404)
            {
                // The event has expired: begin again.
            }
        }
        var created = Event(report with { Message = message }, ns, now);
        await api.SendForBodyAsync(new("POST", ClientKinds.Events.CollectionPath(ns)) { Body = ClientKinds.Events.Write(created) }, cancellation);
        lock (_gate)
            _written.Set(counted, (created.Metadata.Name, 1));
    }

    private static string Cut(string message) => message.Length > 1024 ? message[..1024] : message;

    private Corev1Event Event(EventReport report, string ns, DateTime now) => new()
    {
        Metadata = new V1ObjectMeta { NamespaceProperty = ns, Name = NameOf(report) },
        InvolvedObject = new V1ObjectReference
        {
            ApiVersion = report.About.ApiVersion,
            Kind = report.About.Kind,
            NamespaceProperty = report.About.Namespace,
            Name = report.About.Name,
            Uid = report.About.Uid,
            FieldPath = report.FieldPath,
        },
        Type = report.Type,
        Reason = report.Reason,
        Message = Cut(report.Message),
        Source = new V1EventSource { Component = component, Host = host },
        ReportingComponent = component,
        ReportingInstance = host ?? "",
        FirstTimestamp = now,
        LastTimestamp = now,
        Count = 1,
    };

    private static string NameOf(EventReport report)
    {
        // Names end at 253 characters.
        var name = report.About.Name.Length > 236 ? report.About.Name[..236].TrimEnd('.', '-') : report.About.Name;
        return $"{name}.{Guid.NewGuid().ToString("n")[..16]}";
    }
}
