using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.PodSecurity;

namespace Slipway.ApiServer.Tests.Admission;

public sealed class PodSecurityTests
{
    private const string Safe = """
        "securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
        "containers":[{"name":"a","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}]
        """;

    [Theory]
    [InlineData("""{"hostNetwork":true,"hostPID":true,"hostIPC":true}""", "host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)")]
    [InlineData("""{"containers":[{"name":"a","securityContext":{"privileged":true}}]}""", "privileged (container \"a\" must not set securityContext.privileged=true)")]
    [InlineData("""{"initContainers":[{"name":"i","securityContext":{"privileged":true}}],"containers":[{"name":"a","securityContext":{"privileged":true}}]}""",
        "privileged (containers \"i\", \"a\" must not set securityContext.privileged=true)")]
    [InlineData("""{"containers":[{"name":"a","securityContext":{"capabilities":{"add":["NET_RAW","CHOWN","BPF"]}}}]}""",
        "non-default capabilities (container \"a\" must not include \"BPF\", \"NET_RAW\" in securityContext.capabilities.add)")]
    [InlineData("""{"volumes":[{"name":"v","hostPath":{"path":"/"}},{"name":"w","hostPath":{"path":"/"}}]}""", "hostPath volumes (volumes \"v\", \"w\")")]
    [InlineData("""{"containers":[{"name":"a","ports":[{"containerPort":1,"hostPort":80},{"containerPort":2,"hostPort":443}]}]}""", "hostPort (container \"a\" uses hostPorts 443, 80)")]
    [InlineData("""{"containers":[{"name":"a","livenessProbe":{"httpGet":{"host":"h","port":1}}}]}""", "probe or lifecycle host (container \"a\" uses probe or lifecycle host \"h\")")]
    [InlineData("""{"containers":[{"name":"a","securityContext":{"procMount":"Unmasked"}}]}""", "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")")]
    [InlineData("""{"hostUsers":false,"containers":[{"name":"a","securityContext":{"procMount":"Unmasked"}}]}""", "")]
    [InlineData("""{"securityContext":{"seLinuxOptions":{"type":"spc_t","user":"u"}},"containers":[{"name":"a","securityContext":{"seLinuxOptions":{"role":"r"}}}]}""",
        "seLinuxOptions (pod and container \"a\" set forbidden securityContext.seLinuxOptions: type \"spc_t\"; user may not be set; role may not be set)")]
    [InlineData("""{"securityContext":{"seccompProfile":{"type":"Unconfined"}},"containers":[{"name":"a"}]}""", "seccompProfile (pod must not set securityContext.seccompProfile.type to \"Unconfined\")")]
    [InlineData("""{"securityContext":{"sysctls":[{"name":"kernel.msgmax"},{"name":"net.ipv4.tcp_syncookies"}]}}""", "forbidden sysctls (kernel.msgmax)")]
    [InlineData("""{"securityContext":{"appArmorProfile":{"type":"Unconfined"}}}""", "forbidden AppArmor profile (pod must not set AppArmor profile type to \"Unconfined\")")]
    [InlineData("""{"securityContext":{"windowsOptions":{"hostProcess":true}}}""", "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)")]
    [InlineData("""{"containers":[{"name":"a"}]}""", "")]
    public void Baseline(string spec, string expected) => Assert.Equal(expected, Violations("baseline", spec));

    [Theory]
    [InlineData("""{"containers":[{"name":"a"}]}""",
        "allowPrivilegeEscalation != false (container \"a\" must set securityContext.allowPrivilegeEscalation=false), "
        + "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]), "
        + "runAsNonRoot != true (pod or container \"a\" must set securityContext.runAsNonRoot=true), "
        + "seccompProfile (pod or container \"a\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]
    [InlineData("{" + Safe + "}", "")]
    [InlineData("{" + Safe + ""","volumes":[{"name":"c","configMap":{}},{"name":"n","nfs":{}}]}""", "restricted volume types (volume \"n\" uses restricted volume type \"nfs\")")]
    [InlineData("{" + Safe + ""","volumes":[{"name":"h","hostPath":{"path":"/"}}]}""", "restricted volume types (volume \"h\" uses restricted volume type \"hostPath\")")]
    [InlineData("{" + Safe + ""","ephemeralContainers":[{"name":"e","securityContext":{"runAsNonRoot":false,"runAsUser":0,"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"],"add":["CHOWN"]}}}]}""",
        "unrestricted capabilities (container \"e\" must not include \"CHOWN\" in securityContext.capabilities.add), "
        + "runAsNonRoot != true (container \"e\" must not set securityContext.runAsNonRoot=false), runAsUser=0 (container \"e\" must not set runAsUser=0)")]
    public void Restricted(string spec, string expected) => Assert.Equal(expected, Violations("restricted", spec));

    [Theory]
    [InlineData("baseline", "v1.26", "forbidden sysctls (net.ipv4.ip_local_reserved_ports)")]
    [InlineData("baseline", "v1.27", "")]
    [InlineData("baseline", "v1.400", "")]
    public void Versions(string level, string version, string expected) =>
        Assert.Equal(expected, Violations(level, """{"securityContext":{"sysctls":[{"name":"net.ipv4.ip_local_reserved_ports"}]}}""", version));

    [Fact]
    public void Annotations_of_old_pods_are_checked_by_the_versions_that_knew_them()
    {
        var annotations = new JsonObject { ["seccomp.security.alpha.kubernetes.io/pod"] = "unconfined", ["container.apparmor.security.beta.kubernetes.io/a"] = "unconfined" };
        var pod = new PodView(annotations, []);
        Assert.Equal(
            "forbidden AppArmor profile (annotation must not set AppArmor profile type to \"container.apparmor.security.beta.kubernetes.io/a=\"unconfined\"\"), "
            + "seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")",
            SecurityViolation.Describe(SecurityChecks.Violations(new(SecurityLevel.Baseline, 18), pod)));
    }

    [Theory]
    [InlineData("{}", "privileged:latest privileged:latest privileged:latest", "")]
    [InlineData("""{"pod-security.kubernetes.io/enforce":"restricted"}""", "restricted:latest privileged:latest restricted:latest", "")]
    [InlineData("""{"pod-security.kubernetes.io/enforce":"baseline","pod-security.kubernetes.io/enforce-version":"v1.30","pod-security.kubernetes.io/warn":"restricted"}""",
        "baseline:v1.30 privileged:latest restricted:latest", "")]
    [InlineData("""{"pod-security.kubernetes.io/enforce":"strict"}""", "restricted:latest privileged:latest privileged:latest",
        "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be one of privileged, baseline, restricted")]
    [InlineData("""{"pod-security.kubernetes.io/audit":"x","pod-security.kubernetes.io/warn-version":"v2.1"}""", "privileged:latest privileged:latest privileged:latest",
        "metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: \"x\": must be one of privileged, baseline, restricted; "
        + "metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: \"v2.1\": must be \"latest\" or \"v1.x\"")]
    public void Labels_of_namespaces(string labels, string policy, string errors)
    {
        var (read, faults) = SecurityPolicy.Of(JsonNode.Parse(labels)!.AsObject());
        Assert.Equal(policy, $"{read.Enforce} {read.Audit} {read.Warn}");
        Assert.Equal(errors, string.Join("; ", faults.Select(f => $"{f.Field}: {f.Message}")));
    }

    [Theory]
    [InlineData("v1.0", true)]
    [InlineData("v1.37", true)]
    [InlineData("latest", true)]
    [InlineData("v1.07", false)]
    [InlineData("v1.", false)]
    [InlineData("v1.-3", false)]
    [InlineData("1.3", false)]
    public void Versions_are_read(string text, bool expected) => Assert.Equal(expected, SecurityStandard.TryParseVersion(text, out _));

    [Fact]
    public void Pods_with_the_same_faults_share_a_warning()
    {
        static PodView Pod(string spec) => new(null, JsonNode.Parse(spec)!.AsObject());
        Assert.Equal(
            [
                "existing pods in namespace \"n\" violate the new PodSecurity enforce level \"baseline:latest\"",
                "a (and 1 other pod): host namespaces",
                "c: host namespaces, hostPath volumes",
            ],
            ExistingPods.Warnings("n", new(SecurityLevel.Baseline, null),
            [
                ("b", Pod("""{"hostPID":true}""")), ("a", Pod("""{"hostIPC":true}""")), ("d", Pod("{}")),
                ("c", Pod("""{"hostPID":true,"volumes":[{"name":"v","hostPath":{"path":"/"}}]}""")),
            ]));
    }

    [Theory]
    [InlineData("""{"spec":{"containers":[{"name":"a","image":"x"}]}}""", """{"metadata":{"labels":{"l":"1"}},"spec":{"containers":[{"name":"a","image":"x"}]}}""", false)]
    [InlineData("""{"spec":{"containers":[{"name":"a","image":"x"}]}}""", """{"spec":{"containers":[{"name":"a","image":"y"}]}}""", true)]
    [InlineData("""{"spec":{"containers":[{"name":"a","image":"x"}]}}""", """{"spec":{"containers":[{"name":"a","image":"x"}],"ephemeralContainers":[{"name":"e","image":"x"}]}}""", true)]
    public void Updates_that_matter(string old, string updated, bool expected) =>
        Assert.Equal(expected, SignificantChange.Between(JsonNode.Parse(old)!.AsObject(), JsonNode.Parse(updated)!.AsObject()));

    private static string Violations(string level, string spec, string version = "latest")
    {
        Assert.True(SecurityStandard.TryParseVersion(version, out var minor));
        var standard = new SecurityStandard(SecurityStandard.ParseLevel(level)!.Value, minor);
        return SecurityViolation.Describe(SecurityChecks.Violations(standard, new(null, DocumentReader.ParseJson(System.Text.Encoding.UTF8.GetBytes(spec)))));
    }
}
