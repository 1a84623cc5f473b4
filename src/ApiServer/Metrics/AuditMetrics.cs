using Prometheus;
using Slipway.ApiServer.Audit;

namespace Slipway.ApiServer.Metrics;

/// <summary>What is counted of the audit log, under the names and labels of Kubernetes' API server.</summary>
internal sealed class AuditMetrics
{
    private readonly Counter _events;
    private readonly Counter.Child[] _levels;
    private readonly Counter _errors;

    public AuditMetrics(IMetricFactory factory)
    {
        _events = factory.CreateCounter("apiserver_audit_event_total", "Events that were handed over to the audit log.");
        _errors = factory.CreateCounter("apiserver_audit_error_total", "Events that could not be written.", ["plugin"]);
        var levels = factory.CreateCounter("apiserver_audit_level_total", "Requests by how much of them the policy has recorded.", ["level"]);
        _levels = [.. Enum.GetValues<AuditLevel>().Select(level => levels.WithLabels($"{level}"))];
        factory.CreateCounter("apiserver_audit_requests_rejected_total", "Always 0: requests go on when the audit log fails.");
    }

    /// <summary>Counts an event.</summary>
    public void NoteEvent() => _events.Inc();

    /// <summary>Counts a request by what the policy says of it.</summary>
    public void NoteLevel(AuditLevel level) => _levels[(int)level].Inc();

    /// <summary>Tells how many events have been lost since the start.</summary>
    public void TellLost(long events) => _errors.WithLabels("log").IncTo(events);
}
