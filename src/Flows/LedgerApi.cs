using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Flows.LedgerDescription;

namespace Slipway.Flows;

/// <summary>
/// The ledger and the artifacts as an API of the cluster, at <c>/apis/ledger.slipway.dev/v1alpha1</c>. Who may
/// call it is decided before it is called, by namespace; what is of all namespaces needs a right in all of them.
/// </summary>
/// <remarks>
/// <code>
/// GET …/namespaces/NS/runs?flow=F&amp;phase=P&amp;since=T&amp;limit=N   runs, newest first (100 if no limit is given, 1000 at most)
/// GET …/namespaces/NS/export?flow=F&amp;phase=P&amp;since=T   runs and their attempts as lines of JSON
/// GET …/runs, …/export, …/artifacts                 the same of all namespaces, and what tasks have left in all of them, but of a single run
/// GET …/namespaces/NS/runs/RUN                      a run, by name (the newest of it) or uid, with its attempts, and what it and its calls have left by outputs
/// GET …/namespaces/NS/runs/RUN/artifacts/PATH/OUTPUT      the content of a file or value, or a directory as a tar archive; ?index=I is the same as PATH[I]; without PATH an output of the run itself
/// GET …/namespaces/NS/runs/RUN/logs/PATH?attempt=N  what an attempt wrote, at most the last MiB; with a Warning if that is not all
/// GET …/namespaces/NS/artifacts/SHA256/lineage      which attempts made an artifact and which read it; the first 12 digits or more are enough
/// GET …/namespaces/NS/artifacts?run=R&amp;flow=F&amp;task=PATH&amp;since=T&amp;limit=N   what tasks have left, newest runs first (100 artifacts if no limit is given,
///                                                         1000 at most, of the newest 1000 runs)
/// GET …/namespaces/NS/artifacts/SHA256              the content of an artifact that a run of the namespace read or wrote, or of a file in one; of a directory, its list
/// DELETE …/namespaces/NS/results/FLOW[/TASK]        forgets results, so that attempts do not take them
/// GET /openapi/v2, /openapi/v3, /openapi/v3/apis/ledger.slipway.dev/v1alpha1   what the fields of a run say
/// </code>
/// </remarks>
public sealed class LedgerApi(Ledger ledger, ArtifactStore store)
{
    /// <summary>Group of the API.</summary>
    public const string Group = "ledger.slipway.dev";

    /// <summary>Version of the API.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Where the API lies.</summary>
    public const string PathPrefix = $"/apis/{Group}/{Version}";

    private const int DefaultLimit = 100;
    private const int Most = 1000;

    /// <summary>Whether a request is answered here: of the ledger, or of what it says of itself.</summary>
    /// <param name="pathAndQuery">What is asked for.</param>
    public static bool Serves(string pathAndQuery) => pathAndQuery.StartsWith(PathPrefix, StringComparison.Ordinal) || pathAndQuery.StartsWith("/openapi/", StringComparison.Ordinal);

    /// <summary>Answers a request.</summary>
    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        try
        {
            return await AnswerAsync(request, cancellation);
        }
        catch (ApiException e)
        {
            return Failure(e.Code, e.Reason, e.Message);
        }
        catch (IOException e)
        {
            // The ledger is away, or the store in which an artifact lies; or what came from there is not what was kept.
            return Failure(503, "ServiceUnavailable", e.Message);
        }
    }

    private static ApiResponse Failure(int code, string reason, string message) => Json(code, new JsonObject
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = message,
        ["reason"] = reason,
        ["code"] = code,
    });

    private async ValueTask<ApiResponse> AnswerAsync(ApiRequest request, CancellationToken cancellation)
    {
        var question = request.PathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? request.PathAndQuery : request.PathAndQuery[..question];
        var query = question < 0 ? [] : Query(request.PathAndQuery[(question + 1)..]);
        if (request.Method == "GET" && LedgerOpenApi.At(path) is { } description) return Json(200, description);
        var rest = path.StartsWith(PathPrefix, StringComparison.Ordinal) ? path[PathPrefix.Length..] : throw NotFound(path);
        string[] parts = [.. rest.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        if (request.Method == "DELETE" && parts is ["namespaces", _, "results", _, ..] and { Length: <= 5 })
            return Json(200, Document("Invalidation", new JsonObject { ["results"] = await ledger.InvalidateAsync(parts[1], parts[3], parts.ElementAtOrDefault(4), cancellation) }));
        if (request.Method != "GET")
            throw new ApiException(405, "MethodNotAllowed", "the ledger can only be read, but for results that are not to be taken again");
        return parts switch
        {
            [] => Json(200, Discovery()),
            ["runs"] => Json(200, Runs(null, query)),
            ["namespaces", var ns, "runs"] => Json(200, Runs(ns, query)),
            ["export"] => Export(null, query),
            ["namespaces", var ns, "export"] => Export(ns, query),
            ["namespaces", var ns, "runs", var run] => Json(200, Show(Find(ns, run))),
            ["namespaces", var ns, "runs", var run, "artifacts", var output] => await ContentAsync(Result(Find(ns, run), null, output), cancellation),
            ["namespaces", var ns, "runs", var run, "artifacts", var task, var output] => await OutputAsync(Find(ns, run), task, output, query, cancellation),
            ["artifacts"] => Json(200, Artifacts(null, query)),
            ["namespaces", var ns, "artifacts"] => Json(200, Artifacts(ns, query)),
            ["namespaces", var ns, "artifacts", var sha256] when ledger.Read.HasArtifact(ns, sha256) => await ContentAsync(sha256, cancellation),
            ["namespaces", var ns, "runs", var run, "logs", var task] => Log(Find(ns, run), task, query),
            ["namespaces", var ns, "artifacts", var sha256, "lineage"] => Json(200, LedgerLineage.Of(ledger.Read, ns, Whole(ns, sha256)) ?? throw ApiException.NotFound(Group, "artifacts", sha256)),
            ["namespaces", _, "artifacts", var sha256] => throw ApiException.NotFound(Group, "artifacts", sha256),
            _ => throw NotFound(path),
        };
    }

    private ApiResponse Export(string? ns, Dictionary<string, string> query) =>
        new() { StatusCode = 200, ContentType = "application/x-ndjson", Stream = LedgerExport.Open(ledger.Read, ns, Filter(query, Most)) };

    private JsonObject Runs(string? ns, Dictionary<string, string> query)
    {
        var runs = ledger.Read.Runs(ns, Filter(query, Limit(query)));
        return Document("RunList", new JsonObject { ["items"] = new JsonArray([.. runs.Select(r => (JsonNode)AttemptJson.Run(r))]) });
    }

    private static int Limit(Dictionary<string, string> query)
    {
        if (!query.TryGetValue("limit", out var text))
            return DefaultLimit;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= Most ? limit : throw ApiException.BadRequest($"limit: {text} must be a number from 1 to {Most}");
    }

    private JsonObject Artifacts(string? ns, Dictionary<string, string> query)
    {
        if (ns is null && query.ContainsKey("run"))
            throw ApiException.BadRequest("run: runs of several namespaces may have the name; ask in the namespace of the one that is meant");
        var filter = new ArtifactFilter
        {
            Runs = Filter(query, Limit(query)),
            Run = query.TryGetValue("run", out var run) ? Find(ns!, run) : null,
            Task = query.TryGetValue("task", out var task) ? ParsePath(task) : null,
        };
        return Document("ArtifactList", new JsonObject { ["items"] = new JsonArray([.. LedgerArtifacts.Of(ledger.Read, ns, filter, store.Has).Select(a => (JsonNode)a)]) });
    }

    private static TaskPath ParsePath(string task) => TaskPath.TryParse(task) ?? throw ApiException.BadRequest($"{task} names no task; name one as TASK, TASK[INDEX] or CALL.TASK");

    private static RunFilter Filter(Dictionary<string, string> query, int limit)
    {
        DateTimeOffset? since = null;
        if (query.TryGetValue("since", out var text))
            since = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : throw ApiException.BadRequest($"since: {text} must be a time such as 2026-01-31T06:00:00Z");
        return new RunFilter { Flow = query.GetValueOrDefault("flow"), Phase = query.GetValueOrDefault("phase"), Since = since, Limit = limit };
    }

    /// <summary>The whole hash of an artifact of which only the beginning is given.</summary>
    private string Whole(string ns, string beginning)
    {
        if (beginning.Length is < 12 or > 64 || !beginning.All(char.IsAsciiHexDigitLower))
            throw ApiException.BadRequest($"{beginning} is no SHA-256 of at least 12 lower-case hexadecimal digits");
        return ledger.Read.ArtifactsThatBegin(ns, beginning, 2) switch
        {
            [] => throw ApiException.NotFound(Group, "artifacts", beginning),
            [var only] => only,
            var several => throw ApiException.BadRequest($"several artifacts begin with {beginning}, such as {several[0]} and {several[1]}; give more digits"),
        };
    }

    private RunRecord Find(string ns, string run)
    {
        var found = ledger.Read.NewestRun(ns, run) ?? ledger.Read.Run(run);
        return found?.Namespace == ns ? found : throw ApiException.NotFound(Group, "runs", run);
    }

    private JsonObject Show(RunRecord run)
    {
        var document = Document("Run", AttemptJson.Run(run));
        var attempts = ledger.Read.Attempts(run.Uid);
        document["attempts"] = new JsonArray([.. attempts.Select(a => (JsonNode)AttemptJson.Attempt(a))]);
        if (MemoryProposal.Of(RunStarter.DefinitionOf(run), attempts).ToList() is { Count: > 0 } proposals)
            document["memory"] = new JsonArray([.. proposals.Select(p => (JsonNode)p.Shown())]);
        document["outputs"] = new JsonArray([.. LedgerResults.Of(run, attempts).Select(r => (JsonNode)r.Shown())]);
        return document;
    }

    /// <summary>What a run or a call has left by its outputs.</summary>
    private RunResult Result(RunRecord run, TaskPath? path, string output)
    {
        var results = LedgerResults.Of(run, ledger.Read.Attempts(run.Uid)).Where(r => r.Name == output && (path is null ? r.Path is null : r.Path?.Task == path.Task && path.Covers(r.Path))).ToList();
        if (results.Count > 1)
            throw ApiException.BadRequest($"{path} ran {results.Count} times; say which by its path, such as {results[0].Path}");
        var result = results.FirstOrDefault() ?? throw ApiException.NotFound(Group, "artifacts", path is null ? $"{run.Name}/{output}" : $"{run.Name}/{path}/{output}");
        return result.File is null && result.Json is null ? throw ApiException.BadRequest($"{output} is a list of files; get each of the task that left it") : result;
    }

    private ValueTask<ApiResponse> ContentAsync(RunResult result, CancellationToken cancellation) => result.File is { } file
        ? ContentAsync(file, cancellation)
        : ValueTask.FromResult(new ApiResponse { StatusCode = 200, ContentType = "application/octet-stream", Body = Encoding.UTF8.GetBytes(result.Json!) });

    private ValueTask<ApiResponse> OutputAsync(RunRecord run, string task, string output, Dictionary<string, string> query, CancellationToken cancellation)
    {
        int? index = null;
        if (query.TryGetValue("index", out var text))
            index = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var i) ? i : throw ApiException.BadRequest($"index: {text} must be a number");
        var path = ParsePath(task);
        if (index is not null)
            path = TaskPath.Of(path.Parent, path.Name, index, path.Round);
        var attempts = ledger.Read.Attempts(run.Uid).Where(a => a.Succeeded && path.Covers(a.Path) && a.Task == path.Task).ToList();
        if (attempts.Count > 1)
            throw ApiException.BadRequest($"{task} ran {attempts.Count} times; say which by its path, such as {attempts[0].Path}");
        if (attempts is not [var success])
            return ContentAsync(Result(run, path, output), cancellation);
        if (success.Files.TryGetValue(output, out var file))
            return ContentAsync(file, cancellation);
        return success.Values.TryGetValue(output, out var value)
            ? ContentAsync(value.Sha256, cancellation)
            : throw ApiException.NotFound(Group, "artifacts", $"{run.Name}/{path}/{output}");
    }

    private ApiResponse Log(RunRecord run, string task, Dictionary<string, string> query)
    {
        if (!int.TryParse(query.GetValueOrDefault("attempt", "1"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || TaskPath.TryParse(task) is not { } path)
            throw ApiException.BadRequest($"{task}?attempt={query.GetValueOrDefault("attempt")} names no attempt; name one by its path and number, such as clean[3]?attempt=1");
        if (ledger.Read.Log(run.Uid, path, number) is not { } log || store.Open(log.Sha256) is not { } content)
            throw ApiException.NotFound(Group, "logs", $"{run.Name}/{path}");
        return new ApiResponse
        {
            StatusCode = 200,
            ContentType = "text/plain; charset=utf-8",
            Headers = log.IsCut ? [new("Warning", "299 - \"what was written before this is not kept\"")] : [],
            Stream = new GZipStream(content, CompressionMode.Decompress),
        };
    }

    /// <summary>A file or value, or a directory as an archive.</summary>
    private async ValueTask<ApiResponse> ContentAsync(FileRecord file, CancellationToken cancellation)
    {
        if (!file.IsDirectory)
            return await ContentAsync(file.Sha256, cancellation);
        var manifest = await DirectoryManifest.ReadAsync(store, file.Sha256, cancellation) ?? throw Absent(file.Sha256);
        foreach (var part in manifest.Entries.Select(e => e.Sha256).OfType<string>())
        {
            // Once the archive has begun to be sent, nothing can be said any more.
            if (!await store.IsSoundAsync(part, cancellation) && !store.Has(part))
                throw Absent(part);
        }

        return new ApiResponse { StatusCode = 200, ContentType = "application/x-tar", Stream = DirectoryArchive.Open(store, manifest) };
    }

    private async ValueTask<ApiResponse> ContentAsync(string sha256, CancellationToken cancellation)
    {
        var content = await store.OpenAsync(sha256, cancellation) ?? throw Absent(sha256);
        return new ApiResponse { StatusCode = 200, ContentType = "application/octet-stream", Stream = content };
    }

    private ApiException Absent(string sha256) => new(404, "NotFound", $"{store.WhyNotHere(sha256)}; run the task again that made it");

    private static JsonObject Discovery() => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = $"{Group}/{Version}",
        ["resources"] = new JsonArray(new JsonObject
        {
            ["name"] = "runs",
            ["singularName"] = "run",
            ["namespaced"] = true,
            ["kind"] = "Run",
            ["verbs"] = new JsonArray("get", "list"),
        }),
    };

    private static JsonObject Document(string kind, JsonObject content)
    {
        var document = new JsonObject { ["kind"] = kind, ["apiVersion"] = $"{Group}/{Version}" };
        foreach (var (name, value) in content)
            document[name] = value?.DeepClone();
        return document;
    }

    private static Dictionary<string, string> Query(string query) => query
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(p => p.Split('=', 2))
        .DistinctBy(p => p[0])
        .ToDictionary(p => Uri.UnescapeDataString(p[0]), p => p.Length > 1 ? Uri.UnescapeDataString(p[1].Replace('+', ' ')) : "");

    private static ApiException NotFound(string path) => new(404, "NotFound", $"the ledger has nothing at {path}");

    private static ApiResponse Json(int code, JsonObject document) => new() { StatusCode = code, Body = Encoding.UTF8.GetBytes(document.ToJsonString()) };
}
