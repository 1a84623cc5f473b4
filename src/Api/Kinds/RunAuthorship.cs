using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Kinds;

/// <summary>
/// Who has started a run, decided on its tasks and stopped it: admission writes the user whom the cluster has authenticated, whatever the document
/// claims. Pure.
/// </summary>
public static class RunAuthorship
{
    /// <summary>The verb on <c>flowruns</c> that deciding on a task takes, beside the right to change the run.</summary>
    public const string DecidingVerb = "approve";

    /// <summary>The causes that only the controllers of flows give.</summary>
    public static readonly string[] ControllersCauses = [RunCause.Schedule, RunCause.Backfill, RunCause.Trigger];

    /// <summary>
    /// Writes into a run who has started it, and into each decision and stop that is new who gives it and when. What was decided and stays as it was keeps
    /// its names and times, and who has started it is known, also where the document leaves them out.
    /// </summary>
    /// <param name="old">The run as it is; null when it is created.</param>
    /// <param name="document">The run as it is to be, which is changed. Of what is not of the form of its schema nothing is, as that refuses it.</param>
    /// <param name="user">The user who writes it.</param>
    /// <param name="now">When.</param>
    public static void Sign(JsonObject? old, JsonObject document, string user, DateTimeOffset now)
    {
        if (document["spec"] is not JsonObject spec) return;
        var was = old?.Object("spec");
        if (old is null)
            spec["cause"] = Cause(spec, user);
        else if (spec["cause"] is null && was?["cause"] is { } cause)
            spec["cause"] = cause.DeepClone();
        foreach (var approval in Decisions(spec))
            SignAs(approval, Earlier(was, approval), ["task", "approved", "message"], user, now);
        if (spec["stop"] is JsonObject stop)
            SignAs(stop, was?.Object("stop"), ["message"], user, now);
    }

    /// <summary>Whether who writes a run decides on a task: it has a decision more, or begins as a test, in which what waits for a person is approved by itself.</summary>
    /// <param name="old">The run as it is; null when it is created.</param>
    /// <param name="document">The run as it is to be.</param>
    public static bool Decides(JsonObject? old, JsonObject document) =>
        document["spec"] is JsonObject spec && ((old is null && spec["fakes"] is not null) || Decisions(spec).Count() > (old?["spec"] is JsonObject was ? Decisions(was).Count() : 0));

    // What kind of a start it is shows in the run; only the controllers start runs for schedules, backfills and triggers.
    private static JsonObject Cause(JsonObject spec, string user)
    {
        var cause = new JsonObject { ["type"] = spec["fakes"] is not null ? RunCause.Test : spec["rerun"] is not null ? RunCause.Rerun : RunCause.User, ["by"] = user };
        if ((spec["cause"] as JsonObject)?["message"] is { } message) cause["message"] = message.DeepClone();
        return cause;
    }

    private static IEnumerable<JsonObject> Decisions(JsonObject spec) => (spec["approvals"] as JsonArray ?? []).OfType<JsonObject>();

    private static JsonObject? Earlier(JsonObject? was, JsonObject approval) => was is null ? null : Decisions(was).FirstOrDefault(a => JsonNode.DeepEquals(a["task"], approval["task"]));

    private static void SignAs(JsonObject decision, JsonObject? earlier, string[] said, string user, DateTimeOffset now)
    {
        var stays = earlier is not null && said.All(field => JsonNode.DeepEquals(earlier[field], decision[field]));
        decision["by"] = stays ? earlier!["by"]?.DeepClone() : user;
        decision["at"] = stays ? earlier!["at"]?.DeepClone() : now.UtcDateTime.ToString(PreciseTimeConverter.Format, CultureInfo.InvariantCulture);
    }
}
