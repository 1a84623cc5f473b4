using System.Text.Json;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>Binds pods to nodes.</summary>
internal sealed class Binder(IApi api, EventRecorder events, ILogger log)
{
    /// <summary>Binds one pod.</summary>
    /// <returns>Whether it is bound.</returns>
    public async Task<bool> BindAsync(PodView pod, string node, CancellationToken cancellation)
    {
        var path = $"{Kinds.Pods.ObjectPath(pod.Metadata.NamespaceProperty, pod.Metadata.Name)}/binding";
        try
        {
            await api.SendForBodyAsync(new("POST", path) { Body = BodyOf(pod, node) }, cancellation);
            events.Normal(pod, "Scheduled", $"Successfully assigned {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} to {node}");
            return true;
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
        return false;
    }

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
