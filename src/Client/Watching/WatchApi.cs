using System.Runtime.CompilerServices;
using System.Text.Json;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>What to watch, and from where.</summary>
public sealed record WatchOptions
{
    /// <summary>Which objects.</summary>
    public ListOptions Select { get; init; } = new();

    /// <summary>The resource version after which events are sent: that of a list, or of the last event seen.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Send the objects that exist first, then a bookmark that ends them (<c>sendInitialEvents</c>).</summary>
    public bool InitialEvents { get; init; }

    /// <summary>Seconds after which the server ends the watch; its own choice when null.</summary>
    public int? TimeoutSeconds { get; init; }
}

/// <summary>Watches on any <see cref="IApi"/>.</summary>
public static class WatchApi
{
    /// <summary>The events of a resource until the server ends the watch. An object that cannot be decoded is logged and arrives as null.</summary>
    /// <exception cref="ApiException">The watch was refused or ended by an error; 410 when the resource version is too old.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(this IApi api, Resource<T> resource, string? ns, WatchOptions options,
        ILogger? log = null, [EnumeratorCancellation] CancellationToken cancellation = default)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var query = options.Select.Query(
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", options.ResourceVersion),
            ("resourceVersionMatch", options.InitialEvents ? "NotOlderThan" : null),
            ("sendInitialEvents", options.InitialEvents ? "true" : null),
            ("timeoutSeconds", options.TimeoutSeconds?.ToString()));
        var request = new ApiRequest("GET", resource.CollectionPath(ns) + query) { Accept = options.Select.Accept };

        await using var response = await api.SendAsync(request, cancellation);
        if (!response.IsSuccess)
            throw await StatusReader.ReadAsync(response, cancellation);

        var stream = response.Stream ?? new MemoryStream(response.Body.ToArray());
        await foreach (var frame in WatchStream.FramesAsync(stream, cancellation))
            yield return Parse(frame.Span, resource, log);
    }

    private static WatchEvent<T> Parse<T>(ReadOnlySpan<byte> frame, Resource<T> resource, ILogger? log)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return WatchFrame.Parse(frame, resource);
        }
        catch (JsonException e)
        {
            // One object that the model cannot hold must not stop the watch of all others.
            log?.LogWarning("A watched {Kind} could not be decoded and is ignored: {Reason}", resource.Kind, e.Message);
            return new(WatchEventType.Modified, null, WatchFrame.ResourceVersionOf(frame));
        }
    }
}
