using System.Text;
using Slipway.ApiServer.Routing;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Discovery;

/// <summary>Answers <c>/livez</c>, <c>/readyz</c> and <c>/healthz</c>, whole or check by check.</summary>
/// <param name="isReady">Whether the caches are filled and the start is complete.</param>
internal sealed class HealthChecks(Func<bool> isReady)
{
    /// <summary>The answer for a health path; null for any other.</summary>
    public Reply? Answer(string path, string query)
    {
        var parts = path.Split('/');
        if (parts is not ["", "livez" or "readyz" or "healthz", ..]) return null;
        var checks = new List<(string Name, bool Ok)> { ("ping", true) };
        if (parts[1] != "livez") checks.Add(("informer-sync", isReady()));
        if (parts.Length == 3)
        {
            var named = checks.Where(c => c.Name == parts[2]).ToArray();
            return named.Length == 0 ? null : named[0].Ok ? Reply.Text("ok") : Reply.Text("internal server error: not ready", 500);
        }
        if (parts.Length > 3) return null;

        var excluded = Query.Parse(query).All("exclude").ToHashSet();
        var failed = checks.Where(c => !c.Ok && !excluded.Contains(c.Name)).ToArray();
        if (failed.Length == 0 && !Query.Parse(query).Flag("verbose") && Query.Parse(query)["verbose"] is null) return Reply.Text("ok");
        var text = new StringBuilder();
        foreach (var (name, ok) in checks)
            text.Append(excluded.Contains(name) ? $"[+]{name} excluded: ok\n" : ok ? $"[+]{name} ok\n" : $"[-]{name} failed: reason withheld\n");
        text.Append($"{parts[1]} check {(failed.Length == 0 ? "passed" : "failed")}\n");
        return Reply.Text(text.ToString(), failed.Length == 0 ? 200 : 500);
    }
}
