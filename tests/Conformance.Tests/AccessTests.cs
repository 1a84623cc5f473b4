namespace Slipway.Conformance;

/// <summary>Who one is and what one may, with kubectl.</summary>
public sealed class AccessTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task It_tells_who_one_is()
    {
        var text = (await KubectlAsync("auth whoami -o yaml", "somebody", "some-group")).Succeeded();
        Assert.Contains("username: somebody", text, StringComparison.Ordinal);
        Assert.Contains("- some-group\n", text, StringComparison.Ordinal);
        Assert.Contains("X509SHA256=", text, StringComparison.Ordinal);
        Assert.Contains("system:masters", (await KubectlAsync("auth whoami")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_tells_what_one_may()
    {
        Assert.Equal("yes\n", (await KubectlAsync("auth can-i delete nodes")).Succeeded());
        Assert.Equal("no\n", (await KubectlAsync("auth can-i list secrets -n default", "somebody")).Output);
        await KubectlAsync("create rolebinding viewers --clusterrole=view --user=viewer");
        Assert.Equal("yes\n", (await KubectlAsync("auth can-i get pods/log", "viewer")).Succeeded());
        Assert.Equal("no\n", (await KubectlAsync("auth can-i create pods", "viewer")).Output);
        Assert.Equal("no\n", (await KubectlAsync("auth can-i get pods -n kube-system", "viewer")).Output);
        var list = (await KubectlAsync("auth can-i --list", "viewer")).Succeeded();
        Assert.Contains("selfsubjectreviews.authentication.k8s.io", list, StringComparison.Ordinal);
        Assert.Contains("deployments.apps", list, StringComparison.Ordinal);
        Assert.Contains("[/openapi/*]", list, StringComparison.Ordinal);
        Assert.Contains("*.*", (await KubectlAsync("auth can-i --list")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_acts_as_another()
    {
        Assert.Contains("system:serviceaccounts:default", (await KubectlAsync("auth whoami --as=system:serviceaccount:default:robot")).Succeeded(), StringComparison.Ordinal);
        var extra = (await KubectlAsync("auth whoami -o yaml --as=jane --as-group=devs --as-uid=42 --as-user-extra=example.com/team=blue")).Succeeded();
        Assert.Contains("uid: \"42\"", extra, StringComparison.Ordinal);
        Assert.Contains("example.com/team:", extra, StringComparison.Ordinal);
        Assert.Equal("no\n", (await KubectlAsync("auth can-i list pods --as=jane")).Output);
        Assert.Contains("users \"jane\" is forbidden: User \"somebody\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope",
            (await KubectlAsync("get pods --as=jane", "somebody")).Failed(), StringComparison.Ordinal);
        Assert.Contains("pods is forbidden: User \"jane\" cannot list resource \"pods\"", (await KubectlAsync("get pods --as=jane")).Failed(), StringComparison.Ordinal);

        await KubectlAsync("create clusterrole jane-only --verb=impersonate --resource=users --resource-name=jane");
        await KubectlAsync("create clusterrolebinding jane-only --clusterrole=jane-only --user=helper");
        Assert.Contains("jane", (await KubectlAsync("auth whoami --as=jane", "helper")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("groups \"system:masters\" is forbidden", (await KubectlAsync("get pods --as=jane --as-group=system:masters", "helper")).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_a_service_account_is_its_key()
    {
        (await KubectlAsync("create serviceaccount robot")).Succeeded();
        (await KubectlAsync("create role reader --verb=get,list --resource=configmaps")).Succeeded();
        (await KubectlAsync("create rolebinding robot --role=reader --serviceaccount=default:robot")).Succeeded();
        var token = (await KubectlAsync("create token robot --duration=15m")).Succeeded().Trim();
        Assert.Contains("system:serviceaccount:default:robot", (await WithTokenAsync("auth whoami", token)).Succeeded(), StringComparison.Ordinal);
        (await WithTokenAsync("get configmaps", token)).Succeeded();
        Assert.Contains("secrets is forbidden: User \"system:serviceaccount:default:robot\" cannot list resource \"secrets\"", (await WithTokenAsync("get secrets", token)).Failed(), StringComparison.Ordinal);
        Assert.Contains("keys", (await WithTokenAsync("get --raw /openid/v1/jwks", token)).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("You must be logged in to the server", (await WithTokenAsync("get configmaps", token[..^6] + "AAAAAA")).Failed(), StringComparison.Ordinal);
        Assert.Contains("may not specify a duration less than 10 minutes", (await KubectlAsync("create token robot --duration=1m")).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_of_more_than_one_has_are_refused()
    {
        (await KubectlAsync("create role role-writer --verb=create,get,list,patch --resource=roles.rbac.authorization.k8s.io,rolebindings.rbac.authorization.k8s.io")).Succeeded();
        (await KubectlAsync("create rolebinding role-writer --role=role-writer --user=climber")).Succeeded();
        Assert.Contains("is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}",
            (await KubectlAsync("create role secrets --verb=get --resource=secrets", "climber")).Failed(), StringComparison.Ordinal);
        Assert.Contains("is attempting to grant RBAC permissions not currently held", (await KubectlAsync("create rolebinding up --clusterrole=cluster-admin --user=climber", "climber")).Failed(), StringComparison.Ordinal);
        (await KubectlAsync("create role same --verb=get --resource=roles.rbac.authorization.k8s.io", "climber")).Succeeded();
    }

    [Fact]
    public async Task It_reconciles_roles()
    {
        const string role = """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"reconciled","namespace":"default"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}""";
        (await RunAsync("auth reconcile -f -", api.Kubeconfig, role)).Succeeded();
        (await RunAsync("auth reconcile -f -", api.Kubeconfig, role.Replace("\"get\"", "\"get\",\"list\"", StringComparison.Ordinal))).Succeeded();
        Assert.Contains("list", (await KubectlAsync("get role reconciled -o yaml")).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("system:aggregate-to-view", (await KubectlAsync("get clusterroles -l rbac.authorization.k8s.io/aggregate-to-view=true")).Succeeded(), StringComparison.Ordinal);
    }

    private async Task<ProgramResult> KubectlAsync(string arguments, string? user = null, string? group = null)
    {
        if (user is null) return await RunAsync(arguments, api.Kubeconfig);
        var file = Path.Combine(api.Directory, $"{user}.kubeconfig");
        await File.WriteAllTextAsync(file, api.KubeconfigFor(user, group), TestContext.Current.CancellationToken);
        return await RunAsync(arguments, file);
    }

    private async Task<ProgramResult> WithTokenAsync(string arguments, string token)
    {
        var authority = Path.Combine(api.Directory, "ca.crt");
        await File.WriteAllTextAsync(authority, api.Authority.ExportCertificatePem(), TestContext.Current.CancellationToken);
        return await RunAsync($"{arguments} --server {api.Address} --certificate-authority {authority} --token {token}", "/dev/null");
    }

    private Task<ProgramResult> RunAsync(string arguments, string kubeconfig, string input = "") =>
        api.RunAsync(Kubectl.Program, $"--kubeconfig {kubeconfig} {arguments}", input);
}
