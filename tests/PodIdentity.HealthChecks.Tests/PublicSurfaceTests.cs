using System.Reflection;

namespace PodIdentity.HealthChecks.Tests;

/// <summary>What users' code is compiled against: a change of it is a decision, and shows as a change of the approved list.</summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Theory]
    [InlineData(typeof(PodIdentityHealthCheckOptions), "PublicSurface.txt")]
    [InlineData(typeof(PodIdentitySimulator), "PublicSurface.Testing.txt")]
    public void The_public_surface_is_the_approved_one(Type member, string approved)
    {
        var actual = member.Assembly.GetExportedTypes()
            .OrderBy(t => t.FullName, StringComparer.Ordinal)
            .SelectMany(t => new[] { Describe(t) }.Concat(Members(t).Order(StringComparer.Ordinal).Select(m => "  " + m)));

        Assert.Equal(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "TestData", approved)).Trim().ReplaceLineEndings("\n"), string.Join('\n', actual));
    }

    private static string Describe(Type type) =>
        $"{(type.IsEnum ? "enum" : type.IsInterface ? "interface" : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsSealed ? "sealed class" : type.IsAbstract ? "abstract class" : "class")} {type.FullName}";

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetNames(type).Select(n => $"{n} = {(int)Enum.Parse(type, n)}");
        }

        var methods = type.GetMethods(Declared)
            .Where(m => IsVisible(m) && !(m.Name is "<Clone>$" or "PrintMembers" or "Equals" or "GetHashCode" or "ToString" or "op_Equality" or "op_Inequality" or "get_EqualityContract"))
            .Select(m => $"{(m.IsStatic ? "static " : "")}{Name(m.ReturnType)} {m.Name}({Parameters(m)})");
        var constructors = type.GetConstructors(Declared).Where(c => IsVisible(c) && !IsCopy(c, type)).Select(c => $"{type.Name}({Parameters(c)})");
        var constants = type.GetFields(Declared).Where(f => f.IsPublic).Select(f => $"const {f.Name} = {f.GetRawConstantValue()}");
        return methods.Concat(constructors).Concat(constants);
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsCopy(ConstructorInfo constructor, Type type) =>
        constructor.GetParameters() is [var single] && single.ParameterType == type;

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")}"));

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
