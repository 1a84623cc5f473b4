using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of the options of Windows containers, which a cluster may have beside others.</summary>
internal static partial class WindowsRules
{
    private const int MaxCredentialSpecBytes = 64 * 1024;

    public static void Options(JsonObject? options, string path, List<StatusCause> causes)
    {
        if (options is null) return;
        if (options.Text("gmsaCredentialSpecName") is { } name && Names.SubdomainError(name) is { } error) causes.Add(StatusCause.Invalid($"{path}.gmsaCredentialSpecName", Quote(name), error));
        if (options.Text("gmsaCredentialSpec") is { } spec)
        {
            if (spec.Length == 0) causes.Add(StatusCause.Invalid($"{path}.gmsaCredentialSpec", "\"\"", "gmsaCredentialSpec cannot be an empty string"));
            else if (Encoding.UTF8.GetByteCount(spec) > MaxCredentialSpecBytes) causes.Add(StatusCause.Invalid($"{path}.gmsaCredentialSpec", Quote(spec), "gmsaCredentialSpec size must be under 64 KiB"));
        }
        if (options.Text("runAsUserName") is not { } user) return;
        foreach (var problem in UserProblems(user)) causes.Add(StatusCause.Invalid($"{path}.runAsUserName", Quote(user), problem));
    }

    /// <summary>All containers of a pod are processes of the host, or none, and then they share its network.</summary>
    public static void HostProcesses(JsonObject spec, string path, List<StatusCause> causes)
    {
        var whole = spec.Object("securityContext")?.Object("windowsOptions")?.Boolean("hostProcess");
        var (count, ofHost) = (0, 0);
        foreach (var list in (ReadOnlySpan<string>)["initContainers", "containers", "ephemeralContainers"])
        {
            var i = -1;
            foreach (var container in spec.Objects(list))
            {
                (i, count) = (i + 1, count + 1);
                var own = container.Object("securityContext")?.Object("windowsOptions")?.Boolean("hostProcess");
                if (whole is { } pod && own is { } value && pod != value)
                    causes.Add(StatusCause.Invalid($"{path}.{list}[{i}].securityContext.windowsOptions.hostProcess", value ? "true" : "false", $"pod hostProcess value must be identical if both are specified, was {(pod ? "true" : "false")}"));
                if (own ?? whole ?? false) ofHost++;
            }
        }
        if (ofHost == 0) return;
        if (ofHost != count) causes.Add(StatusCause.Invalid(path, "\"\"", "If pod contains any hostProcess containers then all containers must be HostProcess containers"));
        if (spec.Boolean("hostNetwork") != true) causes.Add(StatusCause.Invalid($"{path}.hostNetwork", "false", "hostNetwork must be true if pod contains any hostProcess containers"));
    }

    private static IEnumerable<string> UserProblems(string name)
    {
        if (name.Length == 0)
        {
            yield return "runAsUserName cannot be an empty string";
            yield break;
        }
        if (name.Any(char.IsControl))
        {
            yield return "runAsUserName cannot contain control characters";
            yield break;
        }
        var parts = name.Split('\\');
        if (parts.Length > 2)
        {
            yield return "runAsUserName cannot contain more than one backslash";
            yield break;
        }
        var user = parts[^1];
        if (parts.Length == 2)
        {
            if (parts[0].Length >= 256) yield return "runAsUserName's Domain length must be under 256 characters";
            if (!NetBios().IsMatch(parts[0]) && !Domain().IsMatch(parts[0])) yield return "runAsUserName's Domain doesn't match the NetBios nor the DNS format";
        }
        if (user.Length == 0) yield return "runAsUserName's User cannot be empty";
        else if (user.Length > 104) yield return "runAsUserName's User length must not be longer than 104 characters";
        if (user.Length > 0 && user.All(c => c is '.' or ' ')) yield return "runAsUserName's User cannot contain only periods or spaces";
        if (user.AsSpan().ContainsAny(NotInUserNames)) yield return "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]";
    }

    private static readonly System.Buffers.SearchValues<char> NotInUserNames = System.Buffers.SearchValues.Create("\"/\\:;|=,+*?<>@[]");

    [GeneratedRegex(@"^[^\\/:\*\?""<>|\.][^\\/:\*\?""<>|]{0,14}\z")]
    private static partial Regex NetBios();

    [GeneratedRegex(@"^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\z")]
    private static partial Regex Domain();
}
