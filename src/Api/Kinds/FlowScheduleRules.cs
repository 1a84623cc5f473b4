using Slipway.Api.Schedules;

namespace Slipway.Api.Kinds;

/// <summary>Rules of a flow's schedules.</summary>
internal static class FlowScheduleRules
{
    public static void Check(FlowSpec spec, List<StatusCause> causes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in FlowScheduleEntry.Of(spec))
        {
            if (!names.Add(entry.Name))
                causes.Add(StatusCause.Duplicate($"{entry.Path}.name", $"\"{entry.Name}\""));
            Check(entry, spec, causes);
        }
    }

    private static void Check(FlowScheduleEntry entry, FlowSpec spec, List<StatusCause> causes)
    {
        var (path, schedule) = (entry.Path, entry.Schedule);
        if (FlowCron.Problem(schedule.Cron) is { } problem)
            causes.Add(StatusCause.Invalid($"{path}.cron", $"\"{schedule.Cron}\"", problem));
        if (schedule.TimeZone is { } zone && !(IsZoneName(zone) && CronTimes.IsZone(zone)))
            causes.Add(StatusCause.Invalid($"{path}.timeZone", $"\"{zone}\"", "must be an IANA time zone such as Europe/Berlin"));
        if (schedule.CatchUp is { } catchUp && !FlowDuration.TryParse(catchUp, out _))
            causes.Add(StatusCause.Invalid($"{path}.catchUp", $"\"{catchUp}\"", FlowDuration.Form));
        if (schedule is { CatchUpLimit: not null, CatchUp: null })
            causes.Add(StatusCause.Forbidden($"{path}.catchUpLimit", "it limits catchUp, which is not set"));
        foreach (var name in schedule.Params?.Keys ?? Enumerable.Empty<string>())
        {
            if (spec.Params.TrueForAll(p => p.Name != name))
                causes.Add(StatusCause.Invalid($"{path}.params.{name}", $"\"{name}\"", $"the flow has no such parameter{NearestName.Hint(name, spec.Params.Select(p => p.Name))}"));
        }

        foreach (var parameter in spec.Params)
        {
            if (parameter.Default is null && schedule.Params?.ContainsKey(parameter.Name) != true)
                causes.Add(StatusCause.Required($"{path}.params.{parameter.Name}", "the parameter has no default, so the schedule must set it"));
        }
    }

    private static bool IsZoneName(string zone) =>
        zone.Length is > 0 and < 64 && char.IsAsciiLetter(zone[0]) && zone.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');
}
