using System.Collections.Concurrent;
using System.Text.Json;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.OpenApi;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Aggregation;

/// <summary>
/// The OpenAPI of servers behind APIServices. What they have is asked in the background, each on its own, and again with the tag of what
/// is known, so that nobody waits for one of them; the v3 document of one is fetched when somebody asks for it, and kept until it is another.
/// One that is down, slow, endless or malformed is left out, or stays as it was known; clients of all others see nothing of it.
/// </summary>
internal sealed class ExtensionOpenApi(Aggregator aggregator, TimeProvider clock)
{
    private const string V3 = "/openapi/v3", V2 = "/openapi/v2";
    private const int LongestIndex = 1 << 20, LongestDocument = 4 << 20, LongestHash = 128;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly UserInfo Asker = new("system:kube-aggregator", [UserInfo.Masters]);

    private readonly Lock _lock = new();
    private readonly Lock _reading = new();
    private readonly Dictionary<AggregatedApi, Known> _known = [];
    private readonly ConcurrentDictionary<(string Path, string Hash), Task<CompressedBody>> _documents = new();
    private volatile IReadOnlyList<ExtensionSpec> _specs = [];

    /// <summary>What is known of those that answer, by group and version; the same list for as long as nothing changes.</summary>
    public IReadOnlyList<ExtensionSpec> Specs => _specs;

    /// <summary>Forgets those that do not answer any more, and asks those anew of which nothing was heard for a while. Waits for none.</summary>
    /// <param name="available">Those that answer.</param>
    /// <param name="stop">Ends what is going on when the server stops.</param>
    public void Look(IReadOnlyCollection<AggregatedApi> available, CancellationToken stop)
    {
        lock (_lock)
        {
            foreach (var gone in _known.Keys.Except(available).ToArray()) _known.Remove(gone);
            foreach (var api in available)
            {
                if (!_known.TryGetValue(api, out var known)) _known[api] = known = new();
                if (known.IsBeingAsked || known.AskedAt is { } at && clock.GetElapsedTime(at) < Fresh) continue;
                (known.IsBeingAsked, known.AskedAt) = (true, clock.GetTimestamp());
                _ = Task.Run(() => AskAsync(api, known, stop), CancellationToken.None);
            }
            Publish();
        }
    }

    /// <summary>The v3 document of a spec.</summary>
    /// <exception cref="ApiException">503: its server does not give it.</exception>
    public async ValueTask<CompressedBody> DocumentAsync(ExtensionSpec spec, CancellationToken cancellation)
    {
        var key = (spec.Path, spec.Hash);
        // All who ask at the same time wait for one answer, which nobody who leaves takes away from the others.
        var fetching = _documents.GetOrAdd(key, _ => Task.Run(() => FetchAsync(spec), CancellationToken.None));
        try
        {
            return await fetching.WaitAsync(cancellation);
        }
        catch (Exception e) when (e is ApiException or IOException or JsonException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            _documents.TryRemove(new(key, fetching));
            throw new ApiException(503, "ServiceUnavailable", $"the server of {spec.Group}/{spec.Version} does not give its OpenAPI document: {(e is OperationCanceledException ? "context deadline exceeded" : e.Message)}");
        }
    }

    private async Task<CompressedBody> FetchAsync(ExtensionSpec spec)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        var api = aggregator.Find(spec.Group, spec.Version) ?? throw new IOException("it is not served any more");
        var answer = await GetAsync(api, $"{V3}/{spec.Path}", "", LongestDocument, patience.Token);
        if (answer.Code != 200) throw new IOException($"bad status {answer.Code}");
        RequireObject(answer.Body.Span);
        return CompressedBody.Of(answer.Body.ToArray());
    }

    private async Task AskAsync(AggregatedApi api, Known known, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        var hash = await TryAsync(known.Hash, V3, LongestIndex, body => HashIn(body, api), "");
        var swagger = await TryAsync(known.Swagger, V2, LongestDocument, body =>
        {
            // Large documents of several servers are read one after the other.
            lock (_reading) return SwaggerPart.Cut(body, api.Group, api.Version);
        }, null);
        lock (_lock)
        {
            (known.Hash, known.Swagger, known.IsBeingAsked) = (hash, swagger, false);
            Publish();
        }

        // What does not come, or is not what it should be, leaves what is known.
        async Task<(string Tag, T Value)> TryAsync<T>((string Tag, T Value) before, string path, int longest, Func<ReadOnlyMemory<byte>, T> read, T none)
        {
            try
            {
                var answer = await GetAsync(api, path, before.Tag, longest, either.Token);
                return answer.Code switch
                {
                    200 => (answer.Tag, read(answer.Body)),
                    404 or 406 => ("", none),
                    _ => before,
                };
            }
            catch (Exception e) when (e is ApiException or IOException or JsonException or InvalidDataException or InvalidOperationException or OperationCanceledException)
            {
                return before;
            }
        }
    }

    private async Task<(int Code, string Tag, ReadOnlyMemory<byte> Body)> GetAsync(AggregatedApi api, string path, string tag, int longest, CancellationToken cancellation)
    {
        await using var answer = await aggregator.SendAsync(api, Asker, new ApiRequest("GET", path) { IfNoneMatch = tag }, cancellation);
        if (answer.StatusCode != 200) return (answer.StatusCode, "", default);
        var body = answer.Stream is { } stream ? await BoundedBody.ReadAsync(stream, longest, cancellation) : answer.Body;
        return (200, answer.Headers.FirstOrDefault(h => h.Key == "ETag").Value ?? "", body);
    }

    // Of what the index says of other versions, nothing counts.
    private static string HashIn(ReadOnlyMemory<byte> index, AggregatedApi api)
    {
        var address = DocumentReader.ParseJson(index.Span).Object("paths")?.Object(api.Path[1..])?.Text("serverRelativeURL") ?? "";
        var hash = Query.Parse(address.Split('?') is [_, var query] ? query : "")["hash"] ?? "";
        return hash.Length <= LongestHash && hash.All(char.IsAsciiLetterOrDigit) ? hash : "";
    }

    private static void RequireObject(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 256 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("it is not a JSON object");
        while (reader.Read()) { }
    }

    // Under the lock.
    private void Publish()
    {
        ExtensionSpec[] now = [.. _known.Where(k => k.Value is { Hash.Value.Length: > 0 } or { Swagger.Value: not null })
            .Select(k => new ExtensionSpec(k.Key.Group, k.Key.Version, k.Value.Hash.Value, k.Value.Swagger.Value)).OrderBy(s => s.Path, StringComparer.Ordinal)];
        if (now.SequenceEqual(_specs)) return;
        _specs = now;
        foreach (var key in _documents.Keys)
            if (!now.Any(spec => (spec.Path, spec.Hash) == key)) _documents.TryRemove(key, out _);
    }

    private sealed class Known
    {
        public (string Tag, string Value) Hash { get; set; } = ("", "");

        public (string Tag, SwaggerPart? Value) Swagger { get; set; } = ("", null);

        public bool IsBeingAsked { get; set; }

        public long? AskedAt { get; set; }
    }
}
