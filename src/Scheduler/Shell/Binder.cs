using System.Text.Json;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>Binds pods to nodes, with the devices that they claim.</summary>
internal sealed class Binder(IApi api, DeviceReservations reservations, DevicePatience patience, EventRecorder events, ILogger log)
{
    /// <summary>Binds one pod.</summary>
    /// <returns>What is to be told when it is not bound; null when it is.</returns>
    public async Task<Change.NotBound?> BindAsync(Binding binding, CancellationToken cancellation)
    {
        var (pod, node, devices) = binding;
        IReadOnlyCollection<ObjectKey> allocated = [];
        if (devices is not null)
        {
            (var isReserved, allocated) = await reservations.ReserveAsync(pod, devices, cancellation);
            if (!isReserved || !await patience.WaitAsync(pod, node, devices, cancellation))
                return NotBound(pod, allocated);
        }
        var path = $"{Kinds.Pods.ObjectPath(pod.Metadata.NamespaceProperty, pod.Metadata.Name)}/binding";
        try
        {
            await api.SendForBodyAsync(new("POST", path) { Body = BodyOf(pod, node) }, cancellation);
            events.Normal(pod, "Scheduled", $"Successfully assigned {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} to {node}");
            return null;
        }
        catch (ApiException e) when (e.Code is 404 or 409)
        {
            // Gone, being deleted, or bound by somebody else: its watch tells.
            log.LogDebug("Pod {Pod} was not bound: {Reason}", pod.Metadata.Name, e.Message);
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            log.LogWarning("Pod {Pod} was not bound and is tried again: {Reason}", pod.Metadata.Name, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping; the next start decides again.
        }
        return NotBound(pod, allocated);
    }

    /// <summary>What is to be told of a pod that was not bound.</summary>
    public static Change.NotBound NotBound(PodView pod, IReadOnlyCollection<ObjectKey> allocated) => new(Kinds.Pods.KeyOf(pod), pod.Metadata.Uid ?? "", allocated);

    private static byte[] BodyOf(PodView pod, string node)
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", "Binding");
            json.WriteStartObject("metadata");
            json.WriteString("name", pod.Metadata.Name);
            json.WriteString("namespace", pod.Metadata.NamespaceProperty);
            json.WriteString("uid", pod.Metadata.Uid);
            json.WriteEndObject();
            json.WriteStartObject("target");
            json.WriteString("apiVersion", "v1");
            json.WriteString("kind", "Node");
            json.WriteString("name", node);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
