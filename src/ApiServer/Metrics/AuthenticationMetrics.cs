using System.Collections.Concurrent;
using Prometheus;

namespace Slipway.ApiServer.Metrics;

/// <summary>What is counted and timed of finding out who asks, under the names, labels and buckets of Kubernetes' API server.</summary>
internal sealed class AuthenticationMetrics
{
    private const int Minute = 60;
    private const int Hour = 60 * Minute;
    private const int Day = 24 * Hour;

    private readonly Counter _users;
    private readonly ConcurrentDictionary<string, Counter.Child> _usersOfSort = new();
    private readonly Histogram _certificates;
    private readonly Counter _attempts;
    private readonly Histogram _seconds;
    private readonly Outcome _success;
    private readonly Outcome _failure;

    public AuthenticationMetrics(IMetricFactory factory)
    {
        _attempts = factory.CreateCounter("authentication_attempts", "Requests by whether it was found out who makes them.", ["result"]);
        _seconds = factory.CreateHistogram("authentication_duration_seconds", "Time to find out who makes a request, in seconds.", ["result"], new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.001, 2, 15) });
        _users = factory.CreateCounter("authenticated_user_requests", "Requests of those who are known, by the sort of their name.", ["username"]);
        _certificates = factory.CreateHistogram("apiserver_client_certificate_expiration_seconds", "How long the certificates by which clients are known are still valid, one for each request, in seconds.", new HistogramConfiguration
        {
            Buckets = [0, 30 * Minute, Hour, 2 * Hour, 6 * Hour, 12 * Hour, Day, 2 * Day, 4 * Day, 7 * Day, 30 * Day, 90 * Day, 180 * Day, 360 * Day],
        });
        (_success, _failure) = (Of("success"), Of("failure"));
    }

    /// <summary>Counts a request and how long it took to find out who makes it.</summary>
    /// <param name="user">Who; null if that was not found out.</param>
    /// <param name="time">How long it took.</param>
    public void Observe(UserInfo? user, TimeSpan time)
    {
        (user is null ? _failure : _success).Observe(time);
        if (user is not null) _usersOfSort.GetOrAdd(SortOf(user.Name), static (sort, users) => users.WithLabels(sort), _users).Inc();
    }

    /// <summary>Counts a request of which nobody could say who makes it.</summary>
    public void Fail(TimeSpan time) => Of("error").Observe(time);

    /// <summary>Counts a request that a certificate came with.</summary>
    /// <param name="left">How long the certificate is still valid.</param>
    public void ObserveCertificate(TimeSpan left) => _certificates.Observe(left.TotalSeconds);

    /// <summary>The sort of a name, of which there are few; names themselves are not told.</summary>
    public static string SortOf(string name) => name switch
    {
        "admin" or "client" or "kube_proxy" or "kubelet" or "system:serviceaccount:kube-system:default" => name,
        _ => name.Contains('@', StringComparison.Ordinal) ? "email_id" : "other",
    };

    private Outcome Of(string result) => new(_attempts.WithLabels(result), _seconds.WithLabels(result));

    private sealed record Outcome(Counter.Child Attempts, Histogram.Child Seconds)
    {
        public void Observe(TimeSpan time)
        {
            Attempts.Inc();
            Seconds.Observe(time.TotalSeconds);
        }
    }
}
