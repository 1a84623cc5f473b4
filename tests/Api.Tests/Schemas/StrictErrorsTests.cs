using Slipway.Api.Schemas;

namespace Slipway.Api.Tests.Schemas;

public sealed class StrictErrorsTests
{
    private static readonly UnknownField[] Unknown = [new("spec.b", null), new("spec.a[0].nmae", "name"), new("spec.a[0].vlaue", "value")];

    [Theory]
    [InlineData(false, true, "unknown field \"spec.b\", duplicate field \"spec.a[0].x\", unknown field \"spec.a[0].nmae\", unknown field \"spec.a[0].vlaue\", did you mean \"name\" and \"value\"?")]
    [InlineData(false, false, "duplicate field \"spec.a[0].x\", unknown field \"spec.b\", unknown field \"spec.a[0].nmae\", unknown field \"spec.a[0].vlaue\", did you mean \"name\" and \"value\"?")]
    [InlineData(true, true, "duplicate field \"spec.a[0].x\", unknown field \"spec.a[0].nmae\", unknown field \"spec.a[0].vlaue\", unknown field \"spec.b\", did you mean \"name\" and \"value\"?")]
    public void ErrorsAreInKubernetesOrder(bool isCustom, bool isJson, string expected) =>
        Assert.Equal(expected, StrictErrors.Text(StrictErrors.InOrder(Json.Of("spec: {b: 1, a: [{x: 1, nmae: 2, vlaue: 3}]}"), ["duplicate field \"spec.a[0].x\""], Unknown, isCustom, isJson)));
}
