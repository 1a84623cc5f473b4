using System.Globalization;
using Prometheus;
using Slipway.Api;

namespace Slipway.ApiServer.Metrics;

/// <summary>
/// What is counted and timed of the calls of the parts of the process, such as its controllers, under the names and labels of Kubernetes'
/// client library. They take no network, and so are of the host <c>in-process</c>.
/// </summary>
internal sealed class ClientMetrics
{
    private const string Host = "in-process";
    private const string Failed = "<error>";
    private static readonly double[] Seconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

    private readonly Counter _total;
    private readonly Histogram _seconds;

    public ClientMetrics(IMetricFactory factory)
    {
        _total = factory.CreateCounter("rest_client_requests_total", "Calls of the API by the parts of the process, by code of the answer.", ["code", "method", "host"]);
        _seconds = factory.CreateHistogram("rest_client_request_duration_seconds", "Time until answers to the parts of the process begin, in seconds.", ["verb", "host"], new HistogramConfiguration { Buckets = Seconds });
    }

    /// <summary>Counts a call, which may fail.</summary>
    public async ValueTask<ApiResponse> ObserveAsync(ApiRequest request, ValueTask<ApiResponse> answering, TimeProvider clock)
    {
        var start = clock.GetTimestamp();
        var code = Failed;
        try
        {
            var answer = await answering;
            code = answer.StatusCode.ToString(CultureInfo.InvariantCulture);
            return answer;
        }
        finally
        {
            _total.WithLabels(code, request.Method, Host).Inc();
            _seconds.WithLabels(request.Method, Host).Observe(clock.GetElapsedTime(start).TotalSeconds);
        }
    }
}
