using System.Globalization;
using Slipway.Api;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Routing;

namespace Slipway.ApiServer.Reads;

/// <summary>How fresh a list must be (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list"/>).</summary>
internal enum Freshness { MostRecent, Any, NotOlderThan, Exact }

/// <summary>The parameters of a list or watch.</summary>
internal sealed record ListOptions
{
    private const string Match = "resourceVersionMatch", Exact = "Exact", NotOlderThan = "NotOlderThan";
    private const long MaxTimeoutSeconds = 24 * 60 * 60;   // timers do not reach arbitrarily far

    public required LabelSelector Labels { get; init; }
    public required FieldSelector Fields { get; init; }

    /// <summary>The <c>resourceVersion</c>; null when absent.</summary>
    public required long? ResourceVersion { get; init; }

    public required Freshness Freshness { get; init; }

    /// <summary>Most items to return; 0 for all.</summary>
    public required int Limit { get; init; }

    public required string? Continue { get; init; }
    public required bool AllowBookmarks { get; init; }
    /// <summary>Whether a watch begins with an event for each object that exists, and a bookmark after them.</summary>
    public required bool SendInitialEvents { get; init; }

    /// <summary>When a watch ends; null for the server's choice.</summary>
    public required TimeSpan? Timeout { get; init; }

    /// <exception cref="ApiException">400 or 422 for parameters that cannot be served.</exception>
    public static ListOptions Parse(Query query, ServedResource resource, bool watch)
    {
        var match = query["resourceVersionMatch"] is { Length: > 0 } m ? m : null;
        var version = ParseRevision(query["resourceVersion"]);
        var limit = query.Number("limit") ?? 0;
        var token = query["continue"] is { Length: > 0 } c ? c : null;
        var initial = query["sendInitialEvents"] is { Length: > 0 } ? query.Flag("sendInitialEvents") : (bool?)null;
        if (watch) CheckWatch(match, token, initial);
        else CheckList(match, version, token, initial);
        var fields = FieldSelector.Parse(query["fieldSelector"] ?? "");
        foreach (var requirement in fields.Requirements)
        {
            if (!resource.IsSelectable(requirement.Path)) throw NotSelectable(resource, requirement.Path);
        }
        return new ListOptions
        {
            Labels = ParseLabels(query["labelSelector"]),
            Fields = fields,
            ResourceVersion = version,
            Freshness = (version, match) switch
            {
                (null, _) => Freshness.MostRecent,
                (_, Exact) => Freshness.Exact,
                (0, _) => Freshness.Any,
                (_, null) when limit > 0 && !watch => Freshness.Exact,
                _ => Freshness.NotOlderThan,
            },
            Limit = (int)Math.Clamp(limit, 0, int.MaxValue),
            Continue = token,
            AllowBookmarks = query.Flag("allowWatchBookmarks"),
            // A watch from nowhere or anywhere has always begun with what exists.
            SendInitialEvents = initial ?? (watch && version is null or 0),
            Timeout = query.Number("timeoutSeconds") is > 0 and var seconds ? TimeSpan.FromSeconds(Math.Min(seconds, MaxTimeoutSeconds)) : null,
        };
    }

    /// <summary>Parses a resource version; null when absent.</summary>
    /// <exception cref="ApiException">400: not a revision of this server.</exception>
    public static long? ParseRevision(string? text)
    {
        if (string.IsNullOrEmpty(text)) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw ApiException.BadRequest($"Invalid value: \"{text}\": resourceVersion must be the one of an object or list that this server returned");
    }

    private static LabelSelector ParseLabels(string? text) => LabelSelector.Parse(text ?? "");

    // https://kubernetes.io/docs/reference/using-api/api-concepts/#semantics-for-get-and-list
    private static void CheckList(string? match, long? version, string? token, bool? initial)
    {
        var causes = new List<StatusCause>();
        if (match is not null)
        {
            if (version is null) causes.Add(StatusCause.Forbidden(Match, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
            if (token is not null) causes.Add(StatusCause.Forbidden(Match, "resourceVersionMatch is forbidden when continue is provided"));
            if (match is not (Exact or NotOlderThan)) causes.Add(StatusCause.NotSupported(Match, $"\"{match}\"", [Exact, NotOlderThan, ""]));
            if (match == Exact && version == 0) causes.Add(StatusCause.Forbidden(Match, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
        }
        if (initial is not null) causes.Add(StatusCause.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
        Refuse(causes);
        if (token is not null && version is > 0) throw ApiException.BadRequest("specifying resource version is not allowed when using continue");
    }

    // https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
    private static void CheckWatch(string? match, string? token, bool? initial)
    {
        var causes = new List<StatusCause>();
        if (initial is not null && match != NotOlderThan) causes.Add(StatusCause.Forbidden(Match, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
        if (match is not null)
        {
            if (initial is null) causes.Add(StatusCause.Forbidden(Match, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
            if (match != NotOlderThan) causes.Add(StatusCause.NotSupported(Match, $"\"{match}\"", [NotOlderThan]));
            if (token is not null) causes.Add(StatusCause.Forbidden(Match, "resourceVersionMatch is forbidden when continue is provided"));
        }
        Refuse(causes);
    }

    private static void Refuse(List<StatusCause> causes)
    {
        if (causes.Count > 0) throw ApiException.Invalid("meta.k8s.io", "ListOptions", "", causes);
    }

    private static ApiException NotSelectable(ServedResource resource, string path) => ApiException.BadRequest(resource.Type switch
    {
        { Group: "batch", Kind: "Job" } => $"field label \"{path}\" not supported for Job",
        { IsCustom: true } or { SelectableFields.Count: > 0 } => $"field label not supported: {path}",
        _ => $"\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
    });
}
