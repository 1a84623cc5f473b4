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
        Check(match, version, token, initial, watch);
        var fields = FieldSelector.Parse(query["fieldSelector"] ?? "");
        foreach (var requirement in fields.Requirements)
        {
            if (!resource.IsSelectable(requirement.Path))
                throw ApiException.BadRequest($"field label not supported: {requirement.Path}");
        }
        return new ListOptions
        {
            Labels = ParseLabels(query["labelSelector"]),
            Fields = fields,
            ResourceVersion = version,
            Freshness = (version, match) switch
            {
                (null, _) => Freshness.MostRecent,
                (_, "Exact") => Freshness.Exact,
                (0, _) => Freshness.Any,
                (_, null) when limit > 0 && !watch => Freshness.Exact,
                _ => Freshness.NotOlderThan,
            },
            Limit = (int)Math.Clamp(limit, 0, int.MaxValue),
            Continue = token,
            AllowBookmarks = query.Flag("allowWatchBookmarks"),
            SendInitialEvents = initial ?? false,
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

    private static void Check(string? match, long? version, string? token, bool? initial, bool watch)
    {
        var causes = new List<StatusCause>();
        if (match is not (null or "Exact" or "NotOlderThan"))
            causes.Add(StatusCause.NotSupported("resourceVersionMatch", $"\"{match}\"", ["Exact", "NotOlderThan"]));
        if (watch)
        {
            if (initial is not null && match != "NotOlderThan")
                causes.Add(StatusCause.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
            if (initial is null && match is not null)
                causes.Add(StatusCause.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        }
        else
        {
            if (initial is not null) causes.Add(StatusCause.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
            if (match is not null && version is null)
                causes.Add(StatusCause.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
            if (match is not null && token is not null)
                causes.Add(StatusCause.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
            if (match == "Exact" && version == 0)
                causes.Add(StatusCause.Forbidden("resourceVersionMatch", "resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\""));
        }
        if (causes.Count > 0) throw ApiException.Invalid("meta.k8s.io", "ListOptions", "", causes);
    }
}
