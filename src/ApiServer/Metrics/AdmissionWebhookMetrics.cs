using Prometheus;

namespace Slipway.ApiServer.Metrics;

/// <summary>What is counted and timed of the webhooks of admission, under the names and labels of Kubernetes' API server.</summary>
internal sealed class AdmissionWebhookMetrics
{
    private static readonly string[] ByCall = ["name", "type", "operation", "rejected"];

    private readonly Histogram _seconds;
    private readonly Counter _total;
    private readonly Counter _rejections;
    private readonly Counter _failOpen;

    public AdmissionWebhookMetrics(IMetricFactory factory)
    {
        _seconds = factory.CreateHistogram("apiserver_admission_webhook_admission_duration_seconds", "Time of calls of webhooks of admission, in seconds.", ByCall,
            new HistogramConfiguration { Buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25] });
        _total = factory.CreateCounter("apiserver_admission_webhook_request_total", "Calls of webhooks of admission by the status code of their answer.", ["name", "type", "operation", "code", "rejected"]);
        _rejections = factory.CreateCounter("apiserver_admission_webhook_rejection_count", "Requests that webhooks refused, or that were refused because a webhook could not be asked.",
            ["name", "type", "operation", "error_type", "rejection_code"]);
        _failOpen = factory.CreateCounter("apiserver_admission_webhook_fail_open_count", "Calls that failed and did not matter.", ["name", "type"]);
    }

    /// <summary>Counts one call.</summary>
    /// <param name="webhook">The webhook, whether it may change objects, and what the request does (such as <c>CREATE</c>).</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="code">Status code of a refusal; of what was allowed 200; of a failure 0.</param>
    /// <param name="time">How long it took.</param>
    public void Observe((string Name, bool Mutating, string Operation) webhook, WebhookOutcome outcome, int code, TimeSpan time)
    {
        var type = webhook.Mutating ? "admit" : "validating";
        var isRejected = outcome is WebhookOutcome.Refused or WebhookOutcome.Failed;
        var rejected = isRejected ? "true" : "false";
        var told = $"{code}";
        _seconds.WithLabels(webhook.Name, type, webhook.Operation, rejected).Observe(time.TotalSeconds);
        _total.WithLabels(webhook.Name, type, webhook.Operation, told, rejected).Inc();
        if (isRejected) _rejections.WithLabels(webhook.Name, type, webhook.Operation, outcome == WebhookOutcome.Failed ? "calling_webhook_error" : "no_error", told).Inc();
        if (outcome == WebhookOutcome.FailedOpen) _failOpen.WithLabels(webhook.Name, type).Inc();
    }
}

/// <summary>What becomes of the call of a webhook.</summary>
internal enum WebhookOutcome
{
    /// <summary>It allows the request.</summary>
    Allowed,

    /// <summary>It refuses the request.</summary>
    Refused,

    /// <summary>It could not be asked, and the request is refused for that.</summary>
    Failed,

    /// <summary>It could not be asked, and the request goes on.</summary>
    FailedOpen,
}
